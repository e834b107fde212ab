/**
 * How long joins take: from `publish` until ICE and DTLS are done, and until the first media has come. Kept as a histogram for
 * Prometheus, and as the latest ones for percentiles.
 */
import type { LeaveReason } from '@kraken/protocol';
import { Histogram } from 'prom-client';
import type { Peer } from '../room/peer.js';
import type { Room } from '../room/room.js';
import type { RoomObserver } from '../room/room-observer.js';

/** How many of the latest times are kept of each kind. */
export const MAX_JOIN_TIMES = 4_096;
/** Upper bounds of the histogram, s. */
const BUCKETS = [0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1, 1.5, 2, 3, 5, 10, 30];
const MILLISECONDS_PER_SECOND = 1_000;

/** Milliseconds; null when nobody has joined. */
export interface Percentiles {
  readonly count: number;
  readonly p50: number | null;
  readonly p95: number | null;
  readonly p99: number | null;
}

/** The latest times, in the order in which they came; the oldest is overwritten. */
export class LatestTimes {
  readonly #values = new Float64Array(MAX_JOIN_TIMES);
  readonly #at = new Float64Array(MAX_JOIN_TIMES);
  #count = 0;

  /** @param milliseconds how long it took @param now ms, monotonic */
  add(milliseconds: number, now: number): void {
    const index = this.#count % MAX_JOIN_TIMES;
    this.#values[index] = milliseconds;
    this.#at[index] = now;
    this.#count++;
  }

  /** @param since ms, monotonic */
  percentiles(since: number): Percentiles {
    const kept = Math.min(this.#count, MAX_JOIN_TIMES);
    const times = this.#values
      .subarray(0, kept)
      .filter((_, index) => (this.#at[index] ?? 0) >= since)
      .sort();
    const at = (share: number) => times[Math.ceil(share * times.length) - 1] ?? null;
    return { count: times.length, p50: at(0.5), p95: at(0.95), p99: at(0.99) };
  }
}

interface Progress {
  /** ms, monotonic */
  readonly startedAt: number;
  connected: boolean;
  heard: boolean;
}

export class JoinTimes implements RoomObserver {
  readonly untilConnected = new LatestTimes();
  readonly untilMedia = new LatestTimes();
  readonly histogram = new Histogram({
    name: 'kraken_join_duration_seconds',
    help: 'Time from publish until ICE and DTLS were done (connected), or the first media came (media).',
    labelNames: ['until'],
    buckets: BUCKETS,
    registers: [],
  });
  readonly #now: () => number;
  readonly #progress = new WeakMap<Peer, Progress>();
  #joins = 0;
  #failures = 0;

  /** @param now ms, monotonic */
  constructor(now: () => number) {
    this.#now = now;
    for (const until of ['connected', 'media']) this.histogram.zero({ until });
  }

  /** Since the start: those who came, and came again. */
  get joins(): number {
    return this.#joins;
  }

  /** Since the start: those who were given up before they were connected. */
  get failures(): number {
    return this.#failures;
  }

  joined(_room: Room, peer: Peer): void {
    this.#joins++;
    this.#progress.set(peer, { startedAt: this.#now(), connected: false, heard: false });
  }

  replaced(room: Room, _former: Peer, peer: Peer): void {
    this.joined(room, peer);
  }

  connected(_room: Room, peer: Peer): void {
    const progress = this.#progress.get(peer);
    if (progress === undefined || progress.connected) return;
    progress.connected = true;
    this.#note('connected', this.untilConnected, progress);
  }

  updated(_room: Room, peer: Peer): void {
    const progress = this.#progress.get(peer);
    if (progress === undefined || progress.heard || !peer.isHeard) return;
    progress.heard = true;
    this.#note('media', this.untilMedia, progress);
  }

  left(_room: Room, peer: Peer, reason: LeaveReason): void {
    if (reason === 'lost' && this.#progress.get(peer)?.connected === false) this.#failures++;
  }

  closing(): void {}

  permitted(): void {}

  negotiated(): void {}

  changed(): void {}

  seated(): void {}

  #note(until: 'connected' | 'media', times: LatestTimes, { startedAt }: Progress): void {
    const now = this.#now();
    times.add(now - startedAt, now);
    this.histogram.observe({ until }, (now - startedAt) / MILLISECONDS_PER_SECOND);
  }
}
