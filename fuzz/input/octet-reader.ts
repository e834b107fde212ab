/** Reads an input as a row of decisions; behind its end everything is 0. */
export class OctetReader {
  #position = 0;

  constructor(private readonly input: Uint8Array) {}

  get isAtEnd(): boolean {
    return this.#position >= this.input.length;
  }

  octet(): number {
    return this.input[this.#position++] ?? 0;
  }

  /** Big-endian. */
  uint16(): number {
    return (this.octet() << 8) | this.octet();
  }

  /** Big-endian. */
  uint32(): number {
    return ((this.uint16() << 16) | this.uint16()) >>> 0;
  }

  /** @returns as many octets as there are, at most `length` */
  octets(length: number): Uint8Array {
    const start = Math.min(this.#position, this.input.length);
    this.#position = start + length;
    return this.input.slice(start, this.#position);
  }

  /** @throws RangeError when there is nothing to pick from */
  pick<Item>(items: readonly Item[]): Item {
    const item = items[this.octet() % items.length];
    if (item === undefined) throw new RangeError('there is nothing to pick from');
    return item;
  }
}
