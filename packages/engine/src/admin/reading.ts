import type { WorkerIndex } from '../contract/messages.js';
import type { ParticipantStatistics, WorkerStatistics } from '../contract/statistics.js';

/** A media worker as it is watched. */
export interface WatchedWorker {
  readonly index: WorkerIndex;
  /** Share of its time, 0 to 1, in which it did not sleep of late. */
  readonly busy: number;
  readonly packetsPerSecond: number;
  /** How many transports are open. */
  readonly transports: number;
  readonly isAvailable: boolean;
  /** @returns its counters, or null when it does not answer in time */
  statistics(): Promise<WorkerStatistics | null>;
  /** @returns what it knows of its participants, or null when it does not answer in time */
  participants(): Promise<readonly ParticipantStatistics[] | null>;
}

/** What a media worker has answered at one time. */
export interface WorkerReading {
  readonly index: WorkerIndex;
  /** When its answer came: ms, monotonic. */
  readonly at: number;
  readonly statistics: WorkerStatistics | null;
  readonly participants: readonly ParticipantStatistics[] | null;
}
