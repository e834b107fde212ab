/**
 * The engine's place in a cluster: it tells its monitor of itself every two seconds, closes rooms that it has lost to
 * another engine, drains when it is asked to, and takes nobody new while the monitor has not heard it, since its rooms may
 * be elsewhere by then.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import {
  ENGINE_SILENCE,
  type EngineReport,
  HEARTBEAT_INTERVAL,
  type HeartbeatAnswer,
} from '@kraken/protocol';
import type { Logger } from 'pino';
import type { Admission } from '../room/admission.js';
import type { Announcer } from './announcer.js';

/** Of the interval, when it is left to chance. */
const SHORTEST_SHARE = 0.25;

export interface ClusterMembershipOptions {
  readonly announcer: Announcer;
  readonly engineId: string;
  readonly report: () => EngineReport;
  /** Closes rooms that live on another engine. */
  readonly closeRooms: (rids: readonly string[]) => void;
  /** Called with each heartbeat whose answer asks for it. */
  readonly drain: () => void;
  readonly logger: Logger;
  /** ms, monotonic */
  readonly now: () => number;
  /** @returns a number from 0 (inclusive) to 1 (exclusive) */
  readonly random: () => number;
}

export class ClusterMembership {
  readonly #options: ClusterMembershipOptions;
  readonly #ending = new AbortController();
  /** Aborted when the next heartbeat shall not wait. */
  #rest = new AbortController();
  #leaving: Promise<void> | null = null;
  #beating: Promise<void> = Promise.resolve();
  /** When the heartbeat that was answered last had been sent, ms. */
  #heardAt = Number.NEGATIVE_INFINITY;
  /** The same, of heartbeats by which nobody can have got the engine's rooms, ms. */
  #keptAt = Number.NEGATIVE_INFINITY;
  #wasHeard = false;
  #clusterHasRoom = false;

  constructor(options: ClusterMembershipOptions) {
    this.#options = options;
  }

  /**
   * Whom the engine may take. Once the monitor has heard it, the rooms that it has are its own for a while, and it may open
   * others. While the monitor tells that the registry is gone it may open none, since nobody could be told; those that
   * it has nobody can have got, unless it had not been heard for too long before that.
   */
  get admission(): Admission {
    if (this.#ending.signal.aborted) return 'nobody';
    const now = this.#options.now();
    if (now - this.#heardAt < ENGINE_SILENCE) return 'everybody';
    return now - this.#keptAt < ENGINE_SILENCE ? 'into its rooms' : 'nobody';
  }

  /**
   * Whether other engines take new rooms, as far as is known: only of a draining engine, whose monitor does not count it
   * among those that do.
   */
  get isRoomElsewhere(): boolean {
    return this.#wasHeard && this.#clusterHasRoom;
  }

  /** Sends heartbeats until leave(). */
  join(): void {
    this.#beating = this.#beat();
  }

  /** Tells the monitor at once of what has changed, instead of with the next heartbeat. */
  hurry(): void {
    this.#rest.abort();
  }

  /** Ends the heartbeats, and tells the monitor so, which is then free to place the rooms anew. */
  leave(): Promise<void> {
    this.#leaving ??= this.#leave();
    return this.#leaving;
  }

  async #leave(): Promise<void> {
    const { announcer, engineId, logger } = this.#options;
    this.#ending.abort();
    this.#rest.abort();
    await this.#beating;
    try {
      await announcer.leave(engineId);
    } catch (error) {
      logger.warn({ reason: reasonOf(error) }, 'the monitor does not take our leave');
    }
  }

  /** At a fixed rate, however long the monitor takes to answer. */
  async #beat(): Promise<void> {
    const { now } = this.#options;
    while (!this.#ending.signal.aborted) {
      const sentAt = now();
      // Made before the report, so that whatever changes after that is told with a heartbeat that follows at once.
      this.#rest = new AbortController();
      const answer = await this.#heartbeat(sentAt);
      if (answer !== null) this.#obey(answer);
      const interval = answer?.registry === 'gone' ? this.#interval() : HEARTBEAT_INTERVAL;
      const rest = Math.max(0, sentAt + interval - now());
      const { signal } = this.#rest;
      // The rest ends early when the engine leaves, or has to tell something.
      await sleep(rest, undefined, { signal, ref: false }).catch(() => {});
    }
  }

  /**
   * While the registry is gone each monitor has to hear of the rooms by itself. A balancer that takes turns would send an
   * engine's heartbeats to the same one for ever, if all engines' came in the same order each time.
   */
  #interval(): number {
    return HEARTBEAT_INTERVAL * (SHORTEST_SHARE + (1 - SHORTEST_SHARE) * this.#options.random());
  }

  /** @returns the monitor's answer, or null when it has not answered well */
  async #heartbeat(sentAt: number): Promise<HeartbeatAnswer | null> {
    const { announcer, report, logger } = this.#options;
    const monitor = announcer.name;
    const { signal } = this.#ending;
    try {
      const told = report();
      const answer = await announcer.announce(told, signal);
      const isHeard = answer.registry === 'there';
      if (isHeard || this.admission !== 'nobody') this.#keptAt = sentAt;
      // Once the registry is gone it could not be told of a room that is opened.
      this.#heardAt = isHeard ? sentAt : Number.NEGATIVE_INFINITY;
      if (isHeard && !this.#wasHeard) logger.info({ monitor }, 'the monitor has heard us');
      if (!isHeard && this.#wasHeard) logger.warn({ monitor }, 'the registry is gone: no new rooms');
      this.#wasHeard = isHeard;
      this.#clusterHasRoom = told.state === 'draining' && answer.hasRoom;
      return answer;
    } catch (error) {
      if (signal.aborted) return null;
      this.#wasHeard = false;
      logger.warn({ monitor, reason: reasonOf(error) }, 'the monitor does not hear us');
      return null;
    }
  }

  #obey({ lost, drain }: HeartbeatAnswer): void {
    if (lost.length > 0) {
      this.#options.logger.warn({ rooms: lost.length }, 'rooms live on another engine by now, closing them');
      this.#options.closeRooms(lost);
    }
    if (drain) this.#options.drain();
  }
}

/** What fetch() throws says little; its cause says more. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message;
}
