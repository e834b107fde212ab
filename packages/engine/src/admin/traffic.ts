/** Rates of the media workers, out of their counters at two points of time. */
import type { WorkerStatistics } from '../contract/statistics.js';
import type { WorkerReading } from './reading.js';

const MILLISECONDS_PER_SECOND = 1_000;
const BITS_PER_OCTET = 8;

/** Per second, of all workers together. */
export interface Traffic {
  readonly packetsIn: number;
  readonly packetsOut: number;
  readonly bitsIn: number;
  readonly bitsOut: number;
  readonly dropped: number;
}

/** Packets that went no further for one reason. */
export interface DropRate {
  readonly reason: string;
  readonly perSecond: number;
  /** Since the workers started. */
  readonly total: number;
}

interface Counted {
  readonly at: number;
  readonly statistics: WorkerStatistics;
}

export class TrafficMeter {
  readonly #former = new Map<number, Counted>();
  #traffic: Traffic | null = null;
  #drops: readonly DropRate[] = [];

  /** Of the last interval; null before there is one. */
  get traffic(): Traffic | null {
    return this.#traffic;
  }

  /** Reasons for which anything was dropped, the most frequent one first. */
  get drops(): readonly DropRate[] {
    return this.#drops;
  }

  /** Takes what the workers have answered; one that has not is left out. */
  take(readings: readonly WorkerReading[]): void {
    const rates = { packetsIn: 0, packetsOut: 0, bitsIn: 0, bitsOut: 0, dropped: 0 };
    const drops = new Map<string, { perSecond: number; total: number }>();
    let isKnown = false;
    for (const { index, at, statistics } of readings) {
      if (statistics === null) continue;
      const former = this.#former.get(index);
      this.#former.set(index, { at, statistics });
      const seconds = (at - (former?.at ?? at)) / MILLISECONDS_PER_SECOND;
      const rate = (count: number, before: number | undefined) => perSecond(count, before, seconds);
      for (const [reason, total] of Object.entries(statistics.drops)) {
        const sum = drops.get(reason) ?? { perSecond: 0, total: 0 };
        sum.perSecond += rate(total, former?.statistics.drops[reason]);
        sum.total += total;
        drops.set(reason, sum);
      }
      if (former === undefined) continue;
      isKnown = true;
      rates.packetsIn += rate(statistics.packetsIn, former.statistics.packetsIn);
      rates.packetsOut += rate(statistics.packetsOut, former.statistics.packetsOut);
      rates.bitsIn += rate(statistics.octetsIn, former.statistics.octetsIn) * BITS_PER_OCTET;
      rates.bitsOut += rate(statistics.octetsOut, former.statistics.octetsOut) * BITS_PER_OCTET;
    }
    for (const { perSecond } of drops.values()) rates.dropped += perSecond;
    this.#traffic = isKnown ? rates : null;
    this.#drops = [...drops]
      .map(([reason, sum]) => ({ reason, ...sum }))
      .filter(({ total }) => total > 0)
      .sort((one, other) => other.perSecond - one.perSecond || other.total - one.total);
  }
}

/** A worker that was started again counts from 0: then all that it counts is new. */
export function perSecond(count: number, before: number | undefined, seconds: number): number {
  if (before === undefined || seconds <= 0) return 0;
  return (count >= before ? count - before : count) / seconds;
}
