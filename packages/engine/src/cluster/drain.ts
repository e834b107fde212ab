/**
 * How an engine of a cluster ends without breaking off calls. From begin() on it takes no new rooms; it waits for its
 * rooms to end, until the limit; then it closes the remaining ones a few at a time, so that their clients rejoin through
 * the monitor and meet on other engines; then it leaves the cluster.
 *
 * While no other engine takes rooms, nothing is handed over: whoever had to rejoin would find no place, and those who are in
 * a call are better off here. That holds for HAND_OVER_TIME too, in which an engine may come back that is being restarted.
 * Then the rest is closed: the engine has been told to end, and who stops services kills what does not.
 */
import type { Logger } from 'pino';
import { HEARTBEAT_TIMEOUT } from './http-announcer.js';

/** How many participants are made to rejoin in a second: a core takes some 400 joins/s beside its media. */
export const HAND_OVER_RATE = 100;
/** How long it takes at most to hand all rooms over, ms; more participants than fit in are handed over faster. */
export const HAND_OVER_TIME = 40_000;
/** ms */
export const HAND_OVER_INTERVAL = 200;
/** How often it is looked whether rooms have ended, ms. */
export const WAIT_INTERVAL = 100;
/** How long calls are still refused that the monitor sent before it heard that the engine has left, ms. */
export const LEAVE_GRACE = 1_000;
const MS_PER_SECOND = 1000;

export interface DrainOptions {
  readonly rooms: {
    info(): { readonly active_rooms: number; readonly active_peers: number };
    /** @returns the ids of all rooms */
    rooms(): readonly string[];
    /** @returns who is in a room */
    list(rid: string): readonly object[];
    closeRooms(rids: readonly string[]): void;
    closeAll(): void;
  };
  readonly membership: {
    readonly isRoomElsewhere: boolean;
    hurry(): void;
    leave(): Promise<void>;
  };
  /** Called when draining begins. */
  readonly onBegin: () => void;
  /** How long rooms may go on before they are handed over, s. */
  readonly limit: number;
  readonly logger: Logger;
  /** ms, monotonic */
  readonly now: () => number;
  /** Waits so many ms, or until the signal is aborted; never rejects. */
  readonly sleep: (time: number, signal: AbortSignal) => Promise<void>;
}

export class Drain {
  readonly #options: DrainOptions;
  readonly #ending = new AbortController();
  #fulfilOver = () => {};
  /** Settles when no room is left and the cluster has been left. */
  readonly over = new Promise<void>((fulfil) => {
    this.#fulfilOver = fulfil;
  });
  #isUnderWay = false;

  constructor(options: DrainOptions) {
    this.#options = options;
  }

  /** From here on the engine takes no new rooms. */
  get isUnderWay(): boolean {
    return this.#isUnderWay;
  }

  /** Called again it changes nothing. */
  begin(): void {
    if (this.#isUnderWay) return;
    this.#isUnderWay = true;
    this.#options.onBegin();
    void this.#run();
  }

  /** At once: closes all rooms and leaves the cluster. */
  async end(): Promise<void> {
    this.#isUnderWay = true;
    this.#ending.abort();
    this.#options.rooms.closeAll();
    await this.#options.membership.leave();
  }

  async #run(): Promise<void> {
    const { membership, limit, logger, now } = this.#options;
    logger.info({ ...this.#left(), limit }, 'engine drains: it takes no new rooms');
    membership.hurry();
    // Not before the monitor has had its time to say whether another engine takes rooms.
    await this.#waitUntil(now() + Math.max(limit * MS_PER_SECOND, HEARTBEAT_TIMEOUT));
    if (this.#isGoingOn) await this.#handOver(now() + HAND_OVER_TIME);
    if (this.#ending.signal.aborted) return;
    await membership.leave();
    await this.#sleep(LEAVE_GRACE);
    logger.info('engine has drained');
    this.#fulfilOver();
  }

  /** Whether there are rooms, and nobody has called end(). */
  get #isGoingOn(): boolean {
    return !this.#ending.signal.aborted && this.#left().rooms > 0;
  }

  async #waitUntil(deadline: number): Promise<void> {
    const { now } = this.#options;
    while (this.#isGoingOn && now() < deadline) await this.#sleep(Math.min(WAIT_INTERVAL, deadline - now()));
  }

  async #handOver(deadline: number): Promise<void> {
    const { membership, rooms, logger, now } = this.#options;
    logger.info(this.#left(), 'engine drains: the limit is over, its rooms are handed over');
    let hadRoom = true;
    let due = 0;
    while (this.#isGoingOn && now() < deadline) {
      const hasRoom = membership.isRoomElsewhere;
      if (hasRoom) {
        due += (this.#rate(deadline - now()) * HAND_OVER_INTERVAL) / MS_PER_SECOND;
        due -= this.#close(due);
      } else if (hadRoom) {
        const seconds = Math.round((deadline - now()) / MS_PER_SECOND);
        logger.warn({ ...this.#left(), seconds }, 'no other engine takes rooms: they go on here for so long');
      }
      hadRoom = hasRoom;
      await this.#sleep(HAND_OVER_INTERVAL);
    }
    if (!this.#isGoingOn) return;
    logger.warn(this.#left(), 'engine closes rooms that no other engine has taken');
    rooms.closeAll();
  }

  /** @returns participants per second, so that all are handed over in that time, ms */
  #rate(time: number): number {
    return Math.max(HAND_OVER_RATE, (this.#left().participants * MS_PER_SECOND) / time);
  }

  /** Closes rooms while participants are due. @returns how many have to rejoin: a large room exceeds what was due */
  #close(due: number): number {
    const { rooms } = this.#options;
    const chosen: string[] = [];
    let participants = 0;
    for (const rid of rooms.rooms()) {
      if (participants >= due) break;
      participants += rooms.list(rid).length;
      chosen.push(rid);
    }
    rooms.closeRooms(chosen);
    return participants;
  }

  #left(): { readonly rooms: number; readonly participants: number } {
    const { active_rooms, active_peers } = this.#options.rooms.info();
    return { rooms: active_rooms, participants: active_peers };
  }

  #sleep(time: number): Promise<void> {
    return this.#options.sleep(time, this.#ending.signal);
  }
}
