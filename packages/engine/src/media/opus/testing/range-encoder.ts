/** The range encoder of RFC 6716 section 5.1, slow and exact: what it has written, a decoder has to read. */
const LEAST_RANGE = 2n ** 23n;
const CODE_BITS = 31n;

export class RangeEncoder {
  #low = 0n;
  #range = 2n ** CODE_BITS;
  #bits = CODE_BITS;

  /** A one has the probability 2^-logarithm, and comes behind the zero. */
  bit(value: number, logarithm: number): this {
    const total = 2 ** logarithm;
    return value === 1 ? this.#encode(total - 1, total, total) : this.#encode(0, total - 1, total);
  }

  symbol(value: number, frequencies: Uint8Array): this {
    const low = frequencies.slice(0, value).reduce((sum, frequency) => sum + frequency, 0);
    return this.#encode(low, low + (frequencies[value] ?? 0), 256);
  }

  uniform(value: number, total: number): this {
    return this.#encode(value, value + 1, total);
  }

  /** @param length of the frame, octets; @param end octets that stand at its end */
  frame(length: number, end: readonly number[] = []): Uint8Array {
    const octets = new Uint8Array(length);
    // The upper end of what is left to choose, so that nothing that follows matters.
    let rest = (this.#low + this.#range - 1n) << (8n * BigInt(length) + 64n - this.#bits);
    rest >>= 64n;
    for (let i = length - 1; i >= 0; i--) {
      octets[i] = Number(rest & 0xffn);
      rest >>= 8n;
    }
    octets.set(end, length - end.length);
    return octets;
  }

  #encode(low: number, high: number, total: number): this {
    const share = this.#range / BigInt(total);
    const above = share * BigInt(total - high);
    if (low > 0) {
      this.#low += this.#range - share * BigInt(total - low);
      this.#range = share * BigInt(high - low);
    } else {
      this.#range -= above;
    }
    for (; this.#range <= LEAST_RANGE; this.#bits += 8n) {
      this.#low <<= 8n;
      this.#range <<= 8n;
    }
    return this;
  }
}
