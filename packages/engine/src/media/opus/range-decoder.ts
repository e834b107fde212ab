/**
 * The range decoder of RFC 6716 section 4.1, as far as the first symbols of a frame need it. Octets behind the end of
 * the frame read as 0, so that nothing can be read beyond it.
 */

/** The range that is kept, at least: 2^23. */
const LEAST_RANGE = 0x80_0000;
const RANGE_MASK = 0x7fff_ffff;
const OCTET = 256;

const EMPTY = new Uint8Array(0);

/** Decodes one frame after another, without allocation. */
export class RangeDecoder {
  #bytes: Uint8Array = EMPTY;
  #next = 0;
  #end = 0;
  #range = 0;
  #difference = 0;
  /** The octet of which one bit is left to use. */
  #rest = 0;

  /**
   * Begins a frame.
   * @param length of the frame, octets
   */
  start(bytes: Uint8Array, offset: number, length: number): void {
    this.#bytes = bytes;
    this.#next = offset;
    this.#end = offset + length;
    this.#rest = this.#octet();
    this.#range = 128;
    this.#difference = 127 - (this.#rest >> 1);
    this.#normalize();
  }

  /**
   * Decodes a bit: section 4.1.3.2.
   * @param logarithm a one has the probability 2^-logarithm
   */
  bit(logarithm: number): number {
    const share = this.#range >>> logarithm;
    const one = this.#difference < share;
    if (!one) this.#difference -= share;
    this.#range = one ? share : this.#range - share;
    this.#normalize();
    return one ? 1 : 0;
  }

  /**
   * Decodes a symbol: section 4.1.3.3.
   * @param frequencies of each, in 256ths
   */
  symbol(frequencies: Uint8Array): number {
    const share = this.#range >>> 8;
    let above = OCTET - 1 - Math.min(Math.floor(this.#difference / share), OCTET - 1);
    let symbol = 0;
    let low = 0;
    let frequency = frequencies[0] ?? OCTET;
    for (; above >= frequency; symbol++) {
      above -= frequency;
      low += frequency;
      frequency = frequencies[symbol + 1] ?? OCTET;
    }
    this.#narrow(share, low, low + frequency, OCTET);
    return symbol;
  }

  /** Decodes a number from 0 to below a total of at most 256, all equally likely: section 4.1.5. */
  uniform(total: number): number {
    const share = Math.floor(this.#range / total);
    const value = total - 1 - Math.min(Math.floor(this.#difference / share), total - 1);
    this.#narrow(share, value, value + 1, total);
    return value;
  }

  #narrow(share: number, low: number, high: number, total: number): void {
    const above = share * (total - high);
    this.#difference -= above;
    this.#range = low > 0 ? share * (high - low) : this.#range - above;
    this.#normalize();
  }

  #normalize(): void {
    while (this.#range <= LEAST_RANGE) {
      const octet = this.#octet();
      const bits = ((this.#rest << 7) | (octet >> 1)) & 0xff;
      this.#rest = octet;
      this.#range = this.#range * OCTET;
      this.#difference = ((this.#difference << 8) + (0xff & ~bits)) & RANGE_MASK;
    }
  }

  #octet(): number {
    if (this.#next >= this.#end) return 0;
    return this.#bytes[this.#next++] ?? 0;
  }
}
