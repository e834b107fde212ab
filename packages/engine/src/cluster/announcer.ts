import type { EngineReport, HeartbeatAnswer } from '@kraken/protocol';

/** By what way an engine announces itself to the monitors. */
export interface Announcer {
  /** Names the way in logs; holds no secret. */
  readonly name: string;
  /**
   * @param signal aborted when the answer is not waited for any more
   * @throws Error when it is not answered well, or not in time
   */
  announce(report: EngineReport, signal: AbortSignal): Promise<HeartbeatAnswer>;
  /** Tells that the engine ends, and ends itself. @throws Error as announce() */
  leave(engineId: string): Promise<void>;
}
