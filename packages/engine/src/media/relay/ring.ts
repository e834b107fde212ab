/**
 * A ring of records between two threads, in shared memory: one thread writes, one reads, neither ever waits for the
 * other. A record is a run of 32-bit words; the upper half of its first word is the writer's, the lower half is its
 * length in words. Positions are counts of words that go on without end, modulo 2^32.
 *
 *     0     words written; the writer's
 *     64    words read; the reader's
 *     128   0 while the reader is awake; while it sleeps, the descriptor by which it can be woken
 *     192   the records; one that does not fit before the end begins at the start again, and a 0 stands in its place
 *
 * What is written becomes visible by publish(), whole records only: so the reader never sees half of one, even of a
 * writer that dies. All four words are accessed by Atomics, which are sequentially consistent: a reader that goes to
 * sleep either sees what was published, or its writer sees that it sleeps.
 */

/** Bytes before the records. */
export const RING_HEADER_SIZE = 192;

const WRITTEN = 0;
const READ = 16;
const SLEEPER = 32;
const RECORDS = RING_HEADER_SIZE >> 2;
const LENGTH_BITS = 16;
const LENGTH_MASK = 0xffff;

/** What both ends see: the words, and how many of them are for records. */
class RingEnd {
  /** All of the ring; records are read and written here. */
  readonly words: Int32Array;
  protected readonly capacity: number;

  /**
   * @param buffer RING_HEADER_SIZE bytes, zeroed, and a power of two behind them
   * @throws RangeError when it has another size
   */
  constructor(buffer: SharedArrayBuffer) {
    this.words = new Int32Array(buffer);
    this.capacity = this.words.length - RECORDS;
    if (this.capacity < 2 || (this.capacity & (this.capacity - 1)) !== 0) {
      throw new RangeError(`a ring of ${buffer.byteLength} bytes`);
    }
  }

  /** Where in `words` a position lies. */
  protected place(position: number): number {
    return RECORDS + (position & (this.capacity - 1));
  }

  /** Words from a position to the end of the ring. */
  protected untilEnd(position: number): number {
    return this.capacity - (position & (this.capacity - 1));
  }
}

export class RingWriter extends RingEnd {
  /** Behind the last record; records from here on are not published yet. */
  #written: number;
  #read: number;
  #published: number;

  constructor(buffer: SharedArrayBuffer) {
    super(buffer);
    this.#written = Atomics.load(this.words, WRITTEN);
    this.#published = this.#written;
    this.#read = Atomics.load(this.words, READ);
  }

  /**
   * Begins a record.
   * @param kind 1 to 32767, for the reader
   * @param length in words, the first one included
   * @returns where in `words` its first word stands, which is written; or -1 when the ring is full
   */
  begin(kind: number, length: number): number {
    const rest = this.untilEnd(this.#written);
    const skipped = rest < length ? rest : 0;
    if (!this.#hasRoom(skipped + length)) return -1;
    if (skipped > 0) {
      this.words[this.place(this.#written)] = 0;
      this.#written = (this.#written + skipped) | 0;
    }
    const place = this.place(this.#written);
    this.words[place] = (kind << LENGTH_BITS) | length;
    this.#written = (this.#written + length) | 0;
    return place;
  }

  /**
   * Shows the reader all that was begun, which has to be written by now.
   * @returns the descriptor by which the reader has to be woken, 0 for none
   */
  publish(): number {
    if (this.#published === this.#written) return 0;
    this.#published = this.#written;
    Atomics.store(this.words, WRITTEN, this.#written);
    if (Atomics.load(this.words, SLEEPER) === 0) return 0;
    return Atomics.exchange(this.words, SLEEPER, 0);
  }

  #hasRoom(length: number): boolean {
    if (this.capacity - ((this.#written - this.#read) | 0) >= length) return true;
    this.#read = Atomics.load(this.words, READ);
    return this.capacity - ((this.#written - this.#read) | 0) >= length;
  }
}

export class RingReader extends RingEnd {
  #read: number;
  #end: number;

  constructor(buffer: SharedArrayBuffer) {
    super(buffer);
    this.#read = Atomics.load(this.words, READ);
    this.#end = this.#read;
  }

  /** Looks what was published; next() gives that much and no more. */
  refresh(): void {
    this.#end = Atomics.load(this.words, WRITTEN);
  }

  /** @returns where in `words` the next record stands, until release(); or -1 when there is none */
  next(): number {
    if (this.#read === this.#end) return -1;
    let place = this.place(this.#read);
    if (this.words[place] === 0) {
      this.#read = (this.#read + this.untilEnd(this.#read)) | 0;
      place = this.place(this.#read);
    }
    this.#read = (this.#read + ((this.words[place] ?? 0) & LENGTH_MASK)) | 0;
    return place;
  }

  /** Whether there is more to look for, or to take. */
  hasRecords(): boolean {
    return Atomics.load(this.words, WRITTEN) !== this.#read;
  }

  /** Gives the room of all records that next() gave back to the writer. */
  release(): void {
    Atomics.store(this.words, READ, this.#read);
  }

  /**
   * Asks the writer to wake this thread when it publishes something.
   * @param descriptor by which that is done; positive
   * @returns false when something is there already: then sleeping is wrong
   */
  sleep(descriptor: number): boolean {
    Atomics.store(this.words, SLEEPER, descriptor);
    return Atomics.load(this.words, WRITTEN) === this.#read;
  }

  /** Needs no waking any longer. */
  awake(): void {
    Atomics.store(this.words, SLEEPER, 0);
  }
}

/** @returns the kind that the record was begun with */
export function recordKind(firstWord: number): number {
  return firstWord >> LENGTH_BITS;
}
