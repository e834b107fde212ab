/**
 * What the monitor asks of whoever knows the engines and the rooms. It may live in this process or be shared by several
 * monitors, hence the promises; which engines there are can be had at once, as they were heard last.
 */
import type { EngineReport, HeartbeatAnswer } from '@kraken/protocol';
import type { EngineEntry } from './engine-entry.js';

/** What an engine is told; whether the cluster has room, `status` tells. */
export type EngineOrders = Omit<HeartbeatAnswer, 'hasRoom'>;

export interface Registry {
  /** Those that have been heard of and are not forgotten yet. */
  readonly engines: readonly EngineEntry[];
  /** How many rooms have an engine. */
  readonly roomCount: number;
  readonly status: RegistryStatus;

  /**
   * Takes in what an engine tells of itself. A draining engine opens no room any more, so that those that it does not
   * report are free at once, whoever may be on the way to them.
   * @throws UrlTakenError when another engine that is alive has its URL
   */
  heartbeat(report: EngineReport): Promise<EngineOrders>;

  /**
   * Costs no question to anybody, and may be outdated: an engine to which a call goes by this says if it has no such room.
   * @returns the living engine that the room was on a moment ago, or null when that is not known
   */
  recall(rid: string): EngineEntry | null;

  /**
   * @returns the living engine that has the room; 'learning' when it may be that one has it and was not heard yet
   * @throws RpcError NO_ENGINE when none is heard
   */
  find(rid: string): Promise<EngineEntry | 'none' | 'learning'>;

  /**
   * Finds the engine of a room, and gives the room one when it has none.
   * @param region where one is sought first
   * @param purpose 'join' when somebody will be sent there at once, which counts as load until it shows; so does a room that
   *   is new, for whoever asks where it is will come
   * @returns where it is; 'learning' as find()
   * @throws RpcError NO_ENGINE when no engine may take it; TOO_MANY_NEW_ROOMS when it is new, and too many are
   */
  claim(rid: string, region: string, purpose: 'join' | 'locate'): Promise<ClaimedPlace | 'learning'>;

  /**
   * An engine has refused a room that it does not hold, since it drains: the room is free if it is that engine's, and the
   * engine gets no new ones, as by drain().
   */
  release(rid: string, engineId: string): Promise<void>;

  /**
   * From here on the engine gets no new rooms; its next heartbeat is answered that it shall drain, and each one after.
   * @returns whether there is such an engine
   */
  drain(engineId: string): Promise<boolean>;

  /** An engine ends by its own word: its rooms are free at once. */
  remove(engineId: string): Promise<void>;

  /**
   * Nobody listens at an engine's port: its rooms are free, unless it has been heard of late.
   * @param silence of the engine, ms
   * @returns whether it is gone
   */
  removeSilent(engine: EngineEntry, silence: number): Promise<boolean>;

  close(): Promise<void>;
}

/** Where somebody is sent to join. */
export interface ClaimedPlace {
  readonly engine: EngineEntry;
  /** It is only known that the room was there when the registry could be asked last: the engine must not open it. */
  readonly isRecalled: boolean;
}

/**
 * Whether a new room would find an engine, whatever its region. A shared registry is gone when nobody listens at its
 * address; when it is silent, it may be that only this monitor is cut off from it.
 */
export type RegistryStatus =
  | 'ready'
  | 'learning'
  | 'no engine has room'
  | 'the registry is gone'
  | 'the registry is silent';
