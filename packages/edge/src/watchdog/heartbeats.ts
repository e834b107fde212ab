/**
 * Shared by all threads of a process: each that is watched counts its turns here, and the watchdog writes what it makes
 * of that. One thread writes each word, but for how long another one has stood still: that is over when it is another thread.
 */

/** Words of one thread. */
const WORDS = 5;
const BEATS = 0;
const IS_WATCHED = 1;
const BLOCKED_FOR = 2;
const BLOCKS = 3;
const BLOCKED_TOTAL = 4;

export class Heartbeats {
  /** What other threads are given, to make this of it. */
  readonly buffer: SharedArrayBuffer;
  readonly #words: Int32Array;

  /** @param buffer as allocate() makes it */
  constructor(buffer: SharedArrayBuffer) {
    this.buffer = buffer;
    this.#words = new Int32Array(buffer);
  }

  /** @param threads how many can be watched */
  static allocate(threads: number): Heartbeats {
    return new Heartbeats(new SharedArrayBuffer(threads * WORDS * Int32Array.BYTES_PER_ELEMENT));
  }

  /** How many threads can be watched. */
  get threads(): number {
    return this.#words.length / WORDS;
  }

  /** @returns the index, among the buffer's 32-bit words, of the one that the thread counts its turns in */
  static wordOf(thread: number): number {
    return thread * WORDS + BEATS;
  }

  /** Counts a turn. */
  beat(thread: number): void {
    Atomics.add(this.#words, thread * WORDS + BEATS, 1);
  }

  beats(thread: number): number {
    return Atomics.load(this.#words, thread * WORDS + BEATS);
  }

  /** From here on the thread has to count, or need not any more. What it did before is over, and not its successor's fault. */
  watch(thread: number, isWatched: boolean): void {
    Atomics.store(this.#words, thread * WORDS + IS_WATCHED, isWatched ? 1 : 0);
    Atomics.store(this.#words, thread * WORDS + BLOCKED_FOR, 0);
  }

  isWatched(thread: number): boolean {
    return Atomics.load(this.#words, thread * WORDS + IS_WATCHED) === 1;
  }

  /** How long the thread has stood still, in milliseconds; 0 when it turns, or has stood still for a moment only. */
  blockedFor(thread: number): number {
    return Atomics.load(this.#words, thread * WORDS + BLOCKED_FOR);
  }

  /** How often the thread has stood still. */
  blocks(thread: number): number {
    return Atomics.load(this.#words, thread * WORDS + BLOCKS);
  }

  /** How long it has stood still altogether, in milliseconds, the present block included. */
  blockedTotal(thread: number): number {
    return Atomics.load(this.#words, thread * WORDS + BLOCKED_TOTAL);
  }

  /** For the watchdog alone. @param milliseconds 0 when it turns again */
  report(thread: number, milliseconds: number): void {
    const word = thread * WORDS;
    const before = Atomics.exchange(this.#words, word + BLOCKED_FOR, milliseconds);
    if (before === 0 && milliseconds > 0) Atomics.add(this.#words, word + BLOCKS, 1);
    if (milliseconds > before) Atomics.add(this.#words, word + BLOCKED_TOTAL, milliseconds - before);
  }
}
