/** The header of a WebSocket's frame as it comes, octet by octet: RFC 6455, section 5.2. */
const FINAL_BIT = 0x80;
const CONTROL_BIT = 0x08;
const MASK_BIT = 0x80;
const LENGTH_BITS = 0x7f;
/** Values of the length that say how many octets it takes itself. */
const LENGTH_IN_16_BITS = 126;
const LENGTH_IN_64_BITS = 127;
const MASK_LENGTH = 4;
const SHORT_HEADER = 2;

export class FrameHeader {
  readonly #octets: number[] = [];

  /** Whether nothing of it has come. */
  get isEmpty(): boolean {
    return this.#octets.length === 0;
  }

  get isWhole(): boolean {
    const [, second] = this.#octets;
    if (second === undefined) return false;
    const length = SHORT_HEADER + lengthOctets(second) + ((second & MASK_BIT) === 0 ? 0 : MASK_LENGTH);
    return this.#octets.length >= length;
  }

  /** Of a whole one: how many octets follow it. */
  get contentLength(): number {
    const [, second = 0, ...rest] = this.#octets;
    const octets = lengthOctets(second);
    if (octets === 0) return second & LENGTH_BITS;
    return rest.slice(0, octets).reduce((length, octet) => length * 256 + octet, 0);
  }

  /** Of a whole one: whether it is the last of its message. */
  get isFinal(): boolean {
    return ((this.#octets[0] ?? 0) & FINAL_BIT) !== 0;
  }

  /** Of a whole one: whether it is a ping, a pong or a close, which may come in the midst of a message. */
  get isControl(): boolean {
    return ((this.#octets[0] ?? 0) & CONTROL_BIT) !== 0;
  }

  /** @param octet the next one of a header that is not whole */
  push(octet: number): void {
    this.#octets.push(octet);
  }

  /** The next frame begins. */
  clear(): void {
    this.#octets.length = 0;
  }
}

function lengthOctets(second: number): number {
  const length = second & LENGTH_BITS;
  if (length === LENGTH_IN_64_BITS) return 8;
  return length === LENGTH_IN_16_BITS ? 2 : 0;
}
