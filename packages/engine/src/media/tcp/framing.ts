/**
 * Datagrams over TCP, RFC 4571 section 2, as ICE-TCP uses them (RFC 6544 section 3):
 *
 *    0                   1                   2                   3
 *    0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *   |            LENGTH             |  STUN, DTLS, RTP or RTCP ...  |
 *   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 */

/** Bytes of LENGTH. */
export const FRAME_HEADER_SIZE = 2;
/** The longest frame that is taken. Packets keep to an MTU; the room beyond is for peers that do not on TCP. */
export const MAX_FRAME_LENGTH = 8192;
/** What LENGTH can say. */
const MAX_WRITABLE_LENGTH = 0xffff;

/** Why the stream cannot be read on and its connection has to be closed. */
export type FramingError = 'frame-too-long';

/** Takes one frame, which stands in `bytes` only until the call returns. */
export type FrameListener = (bytes: Uint8Array, offset: number, length: number) => void;

/** Cuts the byte stream of one connection into frames. */
export class FrameDecoder {
  /** Holds a frame that spans chunks, from its header on; made when the first one does. */
  #partial: Uint8Array | null = null;
  #partialLength = 0;
  #failed = false;

  /**
   * @param chunk the next bytes of the stream, cut anywhere
   * @param onFrame called for each frame that the chunk completes, in order; empty frames are left out. Frames
   *   that lie wholly in the chunk are not copied.
   * @returns null, or why the connection has to be closed: this chunk's rest and all later ones are then ignored
   */
  push(chunk: Uint8Array, onFrame: FrameListener): FramingError | null {
    let position = this.#completePartial(chunk, onFrame);
    while (!this.#failed && chunk.length - position >= FRAME_HEADER_SIZE) {
      const length = readLength(chunk, position);
      if (length > MAX_FRAME_LENGTH) {
        this.#failed = true;
        break;
      }
      const end = position + FRAME_HEADER_SIZE + length;
      if (end > chunk.length) break;
      if (length > 0) onFrame(chunk, position + FRAME_HEADER_SIZE, length);
      position = end;
    }
    if (this.#failed) return 'frame-too-long';
    if (position < chunk.length) this.#keep(chunk, position, chunk.length);
    return null;
  }

  /** @returns how many bytes of the chunk belong to the frame that an earlier chunk began */
  #completePartial(chunk: Uint8Array, onFrame: FrameListener): number {
    const partial = this.#partial;
    if (partial === null || this.#partialLength === 0 || this.#failed) return 0;
    let position = 0;
    if (this.#partialLength < FRAME_HEADER_SIZE) {
      position = Math.min(FRAME_HEADER_SIZE - this.#partialLength, chunk.length);
      this.#keep(chunk, 0, position);
      if (this.#partialLength < FRAME_HEADER_SIZE) return position;
    }
    const length = readLength(partial, 0);
    if (length > MAX_FRAME_LENGTH) {
      this.#failed = true;
      return position;
    }
    const missing = FRAME_HEADER_SIZE + length - this.#partialLength;
    const end = Math.min(position + missing, chunk.length);
    this.#keep(chunk, position, end);
    if (end < position + missing) return end;
    this.#partialLength = 0;
    if (length > 0) onFrame(partial, FRAME_HEADER_SIZE, length);
    return end;
  }

  #keep(chunk: Uint8Array, start: number, end: number): void {
    this.#partial ??= new Uint8Array(FRAME_HEADER_SIZE + MAX_FRAME_LENGTH);
    // A loop, since a subarray per chunk would cost more than it saves on the short pieces that TCP leaves over.
    for (let i = start; i < end; i++) this.#partial[this.#partialLength++] = chunk[i] ?? 0;
  }
}

/**
 * Writes the header that goes before a frame.
 * @param length bytes of the frame that follows
 * @throws RangeError when LENGTH cannot say it
 */
export function writeFrameHeader(bytes: Uint8Array, offset: number, length: number): void {
  if (length < 0 || length > MAX_WRITABLE_LENGTH) throw new RangeError(`a frame cannot hold ${length} bytes`);
  bytes[offset] = length >>> 8;
  bytes[offset + 1] = length & 0xff;
}

function readLength(bytes: Uint8Array, offset: number): number {
  return ((bytes[offset] ?? 0) << 8) | (bytes[offset + 1] ?? 0);
}
