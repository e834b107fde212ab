import { ENGINE_SILENCE, type EngineSummary } from '@kraken/protocol';
import { RecentJoins } from './recent-joins.js';

/** What a join counts for until it shows, as a share of one media worker's time: that of one who speaks in a room of 30. */
export const JOIN_SURCHARGE = 0.005;

/** Above these an engine gets no new rooms. */
export interface EngineLimits {
  /** Of the busiest of process and media workers, 0 to 1. */
  readonly load: number;
  /** 0 for as many as come. */
  readonly participants: number;
}

/** An engine that has been heard of. */
export class EngineEntry {
  report: EngineSummary;
  /** ms */
  heardAt: number;
  /** The rooms that live on it, by id: with when each was last asked for, ms. */
  readonly rooms = new Map<string, RoomClaim>();
  /** It has been asked to drain, or has refused a room; its reports may not say so yet. */
  drainAsked = false;
  readonly #joins = new RecentJoins();
  /** Joins since the last report, which does not count them. */
  #unreported = 0;

  constructor(report: EngineSummary, now: number) {
    this.report = report;
    this.heardAt = now;
  }

  heard(report: EngineSummary, now: number): void {
    this.report = report;
    this.heardAt = Math.max(this.heardAt, now);
    this.#unreported = 0;
  }

  /** So many have been sent to join. */
  joined(now: number, count = 1): void {
    this.#joins.add(now, count);
    this.#unreported += count;
  }

  get isDraining(): boolean {
    return this.drainAsked || this.report.state === 'draining';
  }

  isAlive(now: number): boolean {
    return now - this.heardAt < ENGINE_SILENCE;
  }

  /** What newcomers are taken to add is counted in, by which a stampede spreads. */
  load(now: number): number {
    const surcharge = (this.#joins.count(now) * JOIN_SURCHARGE) / Math.max(1, this.report.workers.length);
    return this.#busiest + surcharge;
  }

  /** The busiest of process and media workers, as a share of what there is. */
  get #busiest(): number {
    const { cpu, workers } = this.report;
    return workers.reduce((most, busy) => Math.max(most, busy), cpu);
  }

  /**
   * Whether it may get a new room. What newcomers may add does not fill it: most come into small rooms and add far less,
   * and whoever is turned away can be had nowhere else when a stampede has filled all engines.
   */
  hasRoom(limits: EngineLimits, now: number): boolean {
    const { participants } = this.report;
    if (this.isDraining || !this.isAlive(now)) return false;
    const expected = participants + this.#unreported;
    return (limits.participants === 0 || expected < limits.participants) && this.#busiest < limits.load;
  }
}

/** A room's place on an engine. */
export interface RoomClaim {
  /** When somebody was last sent there to join, ms. */
  claimedAt: number;
}
