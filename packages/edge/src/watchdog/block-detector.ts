/**
 * Which threads stand still, by how often they have counted a turn. Time is counted in checks rather than by the clock: a
 * process that was stopped, or a machine that slept, has not stood still.
 */
import type { Heartbeats } from './heartbeats.js';

/** Between two checks, in milliseconds. */
export const CHECK_INTERVAL = 500;
/** A thread that has not turned for so long stands still, in milliseconds; a media worker's longest sleep is a second. */
export const BLOCKED_AFTER = 2_000;
/** One that has stood still for so long will not turn again, in milliseconds. */
export const HOPELESS_AFTER = 60_000;

/** What a check finds; milliseconds tell how long the thread has stood still. */
export interface BlockNotice {
  readonly thread: number;
  readonly what: 'stands still' | 'turns again' | 'is hopeless';
  readonly milliseconds: number;
}

interface Watched {
  beats: number;
  /** Checks since it counted last. */
  still: number;
}

export class BlockDetector {
  readonly #heartbeats: Heartbeats;
  readonly #threads: readonly Watched[];
  readonly #hopelessAfter: number;

  /** @param hopelessAfter in milliseconds */
  constructor(heartbeats: Heartbeats, hopelessAfter = HOPELESS_AFTER) {
    this.#heartbeats = heartbeats;
    this.#hopelessAfter = hopelessAfter;
    this.#threads = Array.from({ length: heartbeats.threads }, () => ({ beats: 0, still: 0 }));
  }

  /** To be called every CHECK_INTERVAL. @returns what is new */
  check(): readonly BlockNotice[] {
    return this.#threads.flatMap((watched, thread) => this.#checkThread(watched, thread) ?? []);
  }

  #checkThread(watched: Watched, thread: number): BlockNotice | null {
    const heartbeats = this.#heartbeats;
    const beats = heartbeats.beats(thread);
    const before = watched.still * CHECK_INTERVAL;
    const turned = beats !== watched.beats || !heartbeats.isWatched(thread);
    watched.beats = beats;
    watched.still = turned ? 0 : watched.still + 1;
    const milliseconds = watched.still * CHECK_INTERVAL;
    if (milliseconds >= BLOCKED_AFTER) heartbeats.report(thread, milliseconds);
    else if (before >= BLOCKED_AFTER) heartbeats.report(thread, 0);
    if (turned && before >= BLOCKED_AFTER) return { thread, what: 'turns again', milliseconds: before };
    if (milliseconds === BLOCKED_AFTER) return { thread, what: 'stands still', milliseconds };
    return milliseconds === this.#hopelessAfter ? { thread, what: 'is hopeless', milliseconds } : null;
  }
}
