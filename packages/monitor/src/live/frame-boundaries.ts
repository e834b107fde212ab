/**
 * Finds where the frames of a WebSocket end (RFC 6455, section 5.2), so that one of ours can be put between them. It looks at
 * nothing but their lengths.
 */
import { FrameHeader } from '@kraken/edge/http/frame-header';

/** Of a short frame from a server, and the code in one that closes, octets. */
const HEADER = 2;
const CODE = 2;

export class FrameBoundaries {
  readonly #header = new FrameHeader();
  /** Octets of the current frame's content that are yet to come. */
  #missing = 0;

  /** Whether all that was passed so far ends with a frame. */
  get isBetweenFrames(): boolean {
    return this.#header.isEmpty && this.#missing === 0;
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
      if (!this.#header.isWhole) continue;
      this.#missing = this.#header.contentLength;
      this.#header.clear();
    }
  }
}

/** @returns a frame that closes a WebSocket, as a server sends it (RFC 6455, section 5.5.1) */
export function closeFrame(code: number, reason: string): Buffer {
  const text = Buffer.from(reason);
  const frame = Buffer.alloc(HEADER + CODE + text.length);
  frame.writeUInt8(0x88, 0);
  frame.writeUInt8(CODE + text.length, 1);
  frame.writeUInt16BE(code, HEADER);
  text.copy(frame, HEADER + CODE);
  return frame;
}
