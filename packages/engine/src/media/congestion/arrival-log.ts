import { sequenceNumberDistance } from '../rtp/sequence.js';

/** A tick is 250 µs, the unit in which arrivals are told. */
export const TICKS_PER_MILLISECOND = 4;
/**
 * Numbers that are remembered, a power of two: some 10 s of Opus frames of 20 ms. A source that leaps farther is followed
 * from there on.
 */
export const ARRIVAL_WINDOW = 512;

const SLOT_MASK = ARRIVAL_WINDOW - 1;

/**
 * When the packets of one transport came, by their transport-wide sequence numbers
 * (draft-holmer-rmcat-transport-wide-cc-extensions-01), until that has been told to the sender. Numbers are extended, so
 * that they never wrap: a sequence number is the lower 16 bits of one. Allocates nothing per packet.
 */
export class ArrivalLog {
  /** Of each number's arrival, in ticks modulo 2^32: just as many as the reference time of a report can tell apart. */
  readonly #ticks = new Int32Array(ARRIVAL_WINDOW);
  readonly #arrived = new Uint8Array(ARRIVAL_WINDOW);
  #isStarted = false;
  #newest = 0;
  #first = 0;
  #untold = 0;

  /** Whether packets have come of which nothing was told yet. */
  get isPending(): boolean {
    return this.#untold > 0;
  }

  /** The first number to be told of. */
  get first(): number {
    return this.#first;
  }

  /** The number behind the newest. */
  get end(): number {
    return this.#newest + 1;
  }

  /**
   * Takes one packet into account. The first of several with one number counts. One that was told of as missing is told
   * of anew, with all that came behind it.
   * @param sequenceNumber the transport-wide one, 16 bits
   * @param now ms, with fractions; monotonic
   */
  record(sequenceNumber: number, now: number): void {
    const distance = sequenceNumberDistance(this.#newest, sequenceNumber);
    if (!this.#isStarted || distance >= ARRIVAL_WINDOW || distance <= -ARRIVAL_WINDOW) {
      this.#restart(sequenceNumber);
      this.#mark(sequenceNumber, now);
      return;
    }
    const number = this.#newest + distance;
    if (distance > 0) this.#advance(number);
    else if (this.#arrived[number & SLOT_MASK] === 1) return;
    if (number < this.#first) this.#first = number;
    this.#mark(number, now);
  }

  /** @param number from `first` up to `end` */
  hasArrived(number: number): boolean {
    return this.#arrived[number & SLOT_MASK] === 1;
  }

  /**
   * @param number one that has arrived
   * @returns when, in ticks modulo 2^32, int32
   */
  ticksOf(number: number): number {
    return this.#ticks[number & SLOT_MASK] ?? 0;
  }

  /** All up to `end` has been told. */
  markTold(): void {
    this.#first = this.end;
    this.#untold = 0;
  }

  #restart(number: number): void {
    this.#isStarted = true;
    this.#arrived.fill(0);
    this.#newest = number;
    this.#first = number;
    this.#untold = 0;
  }

  /** Forgets what the slots of numbers up to the new one held before. */
  #advance(number: number): void {
    for (let passed = this.#newest + 1; passed <= number; passed++) this.#arrived[passed & SLOT_MASK] = 0;
    this.#newest = number;
    if (number - SLOT_MASK > this.#first) this.#first = number - SLOT_MASK;
  }

  #mark(number: number, now: number): void {
    this.#arrived[number & SLOT_MASK] = 1;
    this.#ticks[number & SLOT_MASK] = Math.floor(now * TICKS_PER_MILLISECOND);
    this.#untold++;
  }
}
