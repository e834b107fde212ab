/**
 * What engines and the monitor tell each other, as plain JSON over HTTP: an engine posts an `EngineReport` to
 * ENGINES_PATH every HEARTBEAT_INTERVAL and is answered a `HeartbeatAnswer`; it deletes ENGINES_PATH/<engineId> when it
 * ends. Whoever wants an engine to drain posts to ENGINES_PATH/<engineId>/drain. All carry `Authorization: Bearer <secret>`.
 */
export const ENGINES_PATH = '/engines';
/**
 * Header of an engine's response to a call that it has not carried out and that may belong elsewhere, so that a monitor sees
 * it without reading the body.
 */
export const REFUSED_HEADER = 'kraken-refused';
/** Its value where the engine drains and does not hold the room. */
export const REFUSED_DRAINING = 'draining';
/**
 * Its value where a call that opens no room names one that the engine does not hold: what it has answered is right only if
 * no other engine holds the room.
 */
export const REFUSED_NO_ROOM = 'no-room';
/** Engines and clients that name no region are here. */
export const DEFAULT_REGION = 'default';
/**
 * Header of a monitor's request that sends somebody to join where the room was when the registry could be asked last: the
 * engine opens no room for it.
 */
export const RECALLED_HEADER = 'kraken-recalled';
/** ms */
export const HEARTBEAT_INTERVAL = 2_000;
/** Silence after which an engine is dead to its monitor, ms: two heartbeats that did not come, and a half. */
export const ENGINE_SILENCE = 5_000;

/**
 * How long a room that its engine does not report stays its own, ms, since somebody was last sent there to join: a
 * heartbeat may have been written before the join that is on its way.
 */
export const CLAIM_LIFETIME = 10_000;
/**
 * For how long a live socket may open its room, ms since an engine of a cluster took it: it was claimed when the socket was
 * sent there, some seconds before at most, and may be given to another engine when that does not hold any longer.
 */
export const SOCKET_OPENS_ROOM_FOR = CLAIM_LIFETIME / 2;
/** How long a registry that knows nothing listens to heartbeats before it places a room that none has named, ms. */
export const LEARNING_TIME = ENGINE_SILENCE;

/** What an engine tells of itself with each heartbeat. */
export interface EngineReport {
  /** Names this run of the engine: another one after each start. */
  readonly engineId: string;
  /** A draining engine keeps its rooms and gets no new ones. */
  readonly state: 'serving' | 'draining';
  readonly version: string;
  readonly region: string;
  /** Where the monitor reaches it; no two living engines have the same. */
  readonly url: string;
  /** Where clients reach it that talk to it directly. */
  readonly publicUrl: string;
  /** Share of its cores that the process uses, 0 to 1. */
  readonly cpu: number;
  /** Busy share of each media worker, 0 to 1. */
  readonly workers: readonly number[];
  readonly packetsPerSecond: number;
  readonly participants: number;
  /** Participants and rooms that are gone. */
  readonly closedParticipants: number;
  readonly closedRooms: number;
  readonly residentBytes: number;
  /** Ids of the rooms that it holds. */
  readonly rooms: readonly string[];
}

/** The same with its rooms counted. */
export interface EngineSummary extends Omit<EngineReport, 'rooms'> {
  readonly roomCount: number;
}

export function summaryOf({ rooms, ...report }: EngineReport): EngineSummary {
  return { ...report, roomCount: rooms.length };
}

/** What it is told in return. */
export interface HeartbeatAnswer {
  /** Rooms among those reported that live on another engine: to be closed, so that their participants rejoin there. */
  readonly lost: readonly string[];
  /** Whether the engine is asked to drain: to take no new rooms, and to end when those that it has have ended or moved. */
  readonly drain: boolean;
  /** Whether a new room would find an engine that serves: if not, a draining engine keeps what it has. */
  readonly hasRoom: boolean;
  /**
   * 'gone' when nobody listens where the monitors' shared registry should be: the engine has not been heard by it. Then
   * no monitor can give its rooms to another, and it may go on taking newcomers into those that it holds.
   */
  readonly registry: 'there' | 'gone';
}
