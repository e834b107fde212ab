/** For tests: packets embedded in larger arrays, so that reads and writes outside of them come to light. */

const POISONS = [0x00, 0xff, 0xa5] as const;
const BEFORE = 37;
const BEHIND = 1500;

/** An array filled with one octet, with `length` octets for the packet amid it. */
export class PoisonedArray {
  readonly bytes: Uint8Array;
  readonly offset = BEFORE;
  readonly length: number;
  readonly #poison: number;

  constructor(packet: Uint8Array, poison: number) {
    this.#poison = poison;
    this.length = packet.length;
    this.bytes = new Uint8Array(BEFORE + packet.length + BEHIND).fill(poison);
    this.bytes.set(packet, BEFORE);
  }

  /** @returns the octets from `from` on that lie within the packet */
  packet(from = this.offset, to = this.offset + this.length): Uint8Array {
    return this.bytes.slice(from, to);
  }

  /** @returns whether everything before and behind the packet is as it was */
  isIntact(): boolean {
    const outside = (octet: number) => octet === this.#poison;
    return (
      this.bytes.subarray(0, BEFORE).every(outside) &&
      this.bytes.subarray(BEFORE + this.length).every(outside)
    );
  }
}

/**
 * Runs a parser over one packet amid several poisons.
 *
 * @returns the results, one for each poison: a parser that reads outside of the packet gives different ones
 */
export function amidPoisons<Result>(packet: Uint8Array, run: (array: PoisonedArray) => Result): Result[] {
  return POISONS.map((poison) => run(new PoisonedArray(packet, poison)));
}

/** Whether all results are the same, compared as JSON. */
export function allAlike(results: readonly unknown[]): boolean {
  const [first] = results;
  return results.every((result) => JSON.stringify(result) === JSON.stringify(first));
}
