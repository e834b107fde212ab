/**
 * Finds where the frames of a WebSocket end (RFC 6455, section 5.2), so that one of ours can be put between them. It looks at
 * nothing but their lengths.
 */
const MASK_BIT = 0x80;
const LENGTH_BITS = 0x7f;
/** Values of the length that say how many octets it takes itself. */
const LENGTH_IN_16_BITS = 126;
const LENGTH_IN_64_BITS = 127;
const MASK_LENGTH = 4;
const SHORT_HEADER = 2;

export class FrameBoundaries {
  /** Octets of the current header that have come. */
  readonly #header: number[] = [];
  /** Octets of the current frame's content that are yet to come. */
  #missing = 0;

  /** Whether all that was passed so far ends with a frame. */
  get isBetweenFrames(): boolean {
    return this.#header.length === 0 && this.#missing === 0;
  }

  /** @param piece the next octets */
  pass(piece: Uint8Array): void {
    let offset = 0;
    while (offset < piece.length) {
      if (this.#missing > 0) {
        const passed = Math.min(this.#missing, piece.length - offset);
        this.#missing -= passed;
        offset += passed;
        continue;
      }
      this.#header.push(piece[offset] ?? 0);
      offset++;
      if (this.#header.length < this.#headerLength) continue;
      this.#missing = this.#contentLength;
      this.#header.length = 0;
    }
  }

  get #headerLength(): number {
    const [, second] = this.#header;
    if (second === undefined) return SHORT_HEADER;
    return SHORT_HEADER + lengthOctets(second) + ((second & MASK_BIT) === 0 ? 0 : MASK_LENGTH);
  }

  get #contentLength(): number {
    const [, second = 0, ...rest] = this.#header;
    const octets = lengthOctets(second);
    if (octets === 0) return second & LENGTH_BITS;
    return rest.slice(0, octets).reduce((length, octet) => length * 256 + octet, 0);
  }
}

function lengthOctets(second: number): number {
  const length = second & LENGTH_BITS;
  if (length === LENGTH_IN_64_BITS) return 8;
  return length === LENGTH_IN_16_BITS ? 2 : 0;
}

/** @returns a frame that closes a WebSocket, as a server sends it (RFC 6455, section 5.5.1) */
export function closeFrame(code: number, reason: string): Buffer {
  const text = Buffer.from(reason);
  const frame = Buffer.alloc(2 * SHORT_HEADER + text.length);
  frame.writeUInt8(0x88, 0);
  frame.writeUInt8(SHORT_HEADER + text.length, 1);
  frame.writeUInt16BE(code, SHORT_HEADER);
  text.copy(frame, 2 * SHORT_HEADER);
  return frame;
}
