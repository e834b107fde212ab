/**
 * The receptions of one subscriber by SSRC. It is asked for every packet that arrives, where a Map costs a tenth of
 * the generator's time: SSRCs above 2^31 are boxed for it. Here they are signed, in an open-addressed table.
 */
import { Reception } from './reception.js';

const FIRST_CAPACITY = 16;
/** 2^32 divided by the golden ratio: Fibonacci hashing, Knuth, The Art of Computer Programming 3, section 6.4. */
const MULTIPLIER = 0x9e37_79b1;

export class ReceptionTable {
  readonly #all: Reception[] = [];
  /** The signed SSRC of each place. */
  #ssrcs = new Int32Array(FIRST_CAPACITY);
  /** What stands at each place: one more than its number in the list of all, or 0 for nothing. */
  #numbers = new Int32Array(FIRST_CAPACITY);
  #shift = 32 - Math.log2(FIRST_CAPACITY);

  /**
   * @param ssrc signed or unsigned
   * @returns the SSRC's reception, which is new when it has none yet
   */
  receptionOf(ssrc: number): Reception {
    const signed = ssrc | 0;
    const known = this.#all[(this.#numbers[this.#placeOf(signed)] ?? 0) - 1];
    return known ?? this.#add(signed);
  }

  /** @returns all receptions in the order in which they were added */
  values(): readonly Reception[] {
    return this.#all;
  }

  #add(signed: number): Reception {
    const reception = new Reception(signed >>> 0);
    this.#all.push(reception);
    if (this.#all.length * 2 > this.#numbers.length) this.#grow();
    else this.#enter(signed, this.#all.length);
    return reception;
  }

  #grow(): void {
    const capacity = this.#numbers.length * 2;
    this.#ssrcs = new Int32Array(capacity);
    this.#numbers = new Int32Array(capacity);
    this.#shift--;
    this.#all.forEach(({ ssrc }, place) => {
      this.#enter(ssrc | 0, place + 1);
    });
  }

  #enter(signed: number, number: number): void {
    const place = this.#placeOf(signed);
    this.#ssrcs[place] = signed;
    this.#numbers[place] = number;
  }

  /** @returns where it stands, or where it would */
  #placeOf(signed: number): number {
    const last = this.#numbers.length - 1;
    let place = Math.imul(signed, MULTIPLIER) >>> this.#shift;
    while (this.#numbers[place] !== 0 && this.#ssrcs[place] !== signed) place = (place + 1) & last;
    return place;
  }
}
