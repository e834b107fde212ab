/** The framing of Opus: RFC 6716 section 3. */

export const OpusMode = { SILK: 0, HYBRID: 1, CELT: 2 } as const;
export type OpusMode = (typeof OpusMode)[keyof typeof OpusMode];

/** Section 3.2: a packet is at most 120 ms, a frame at least 2.5. */
const MAX_FRAMES = 48;
/** Octets; section 3.2.1: lengths from here on take two octets. */
const LONG_FRAME = 252;
const MAX_FRAME_LENGTH = 1_275;
const MAX_PACKET_DURATION = 120;
/** Octets of padding that a count of 255 stands for, beside the one that follows it. */
const FULL_PADDING = 255;

/** Configurations: section 3.1, table 2. */
const FIRST_HYBRID = 12;
const FIRST_CELT = 16;
const SILK_DURATIONS = [10, 20, 40, 60] as const;
const HYBRID_DURATIONS = [10, 20] as const;
const CELT_DURATIONS = [2.5, 5, 10, 20] as const;

/** One packet, taken apart. It is filled anew for each packet and allocates nothing. */
export class OpusPacket {
  mode: OpusMode = OpusMode.SILK;
  stereo = false;
  /** Of one frame, ms. */
  frameDuration = 0;
  frames = 0;
  /** Where each frame lies, and its octets: 0 for one that is not transmitted. */
  readonly offsets = new Int32Array(MAX_FRAMES);
  readonly lengths = new Int32Array(MAX_FRAMES);

  /**
   * @param length of the packet, octets
   * @returns false when it is no packet of Opus (section 3.4)
   */
  parse(bytes: Uint8Array, offset: number, length: number): boolean {
    this.frames = 0;
    if (length < 1) return false;
    const toc = bytes[offset] ?? 0;
    this.#configure(toc >> 3);
    this.stereo = (toc & 0x04) !== 0;
    const end = offset + length;
    switch (toc & 0x03) {
      case 0:
        return this.#fill(offset + 1, 1, length - 1);
      case 1:
        return length % 2 === 1 && this.#fill(offset + 1, 2, (length - 1) >> 1);
      case 2:
        return this.#parsePair(bytes, offset + 1, end);
      default:
        return this.#parseMany(bytes, offset + 1, end);
    }
  }

  #configure(configuration: number): void {
    if (configuration < FIRST_HYBRID) {
      this.mode = OpusMode.SILK;
      this.frameDuration = SILK_DURATIONS[configuration & 3] ?? 0;
    } else if (configuration < FIRST_CELT) {
      this.mode = OpusMode.HYBRID;
      this.frameDuration = HYBRID_DURATIONS[configuration & 1] ?? 0;
    } else {
      this.mode = OpusMode.CELT;
      this.frameDuration = CELT_DURATIONS[configuration & 3] ?? 0;
    }
  }

  /** Frames of one length, one behind the other. */
  #fill(offset: number, count: number, length: number): boolean {
    if (length > MAX_FRAME_LENGTH) return false;
    for (let i = 0; i < count; i++) this.#add(offset + i * length, length);
    return true;
  }

  #add(offset: number, length: number): void {
    this.offsets[this.frames] = offset;
    this.lengths[this.frames] = length;
    this.frames++;
  }

  /** Two frames, of which the first one's length is told: section 3.2.4. */
  #parsePair(bytes: Uint8Array, offset: number, end: number): boolean {
    const length = lengthAt(bytes, offset, end);
    const first = offset + lengthSize(length);
    const rest = end - first - length;
    if (length < 0 || rest < 0 || rest > MAX_FRAME_LENGTH) return false;
    this.#add(first, length);
    this.#add(first + length, rest);
    return true;
  }

  /** Any number of frames: section 3.2.5. */
  #parseMany(bytes: Uint8Array, offset: number, packetEnd: number): boolean {
    if (offset >= packetEnd) return false;
    const head = bytes[offset] ?? 0;
    const count = head & 0x3f;
    if (count === 0 || count * this.frameDuration > MAX_PACKET_DURATION) return false;
    let at = offset + 1;
    let end = packetEnd;
    if ((head & 0x40) !== 0) {
      let octets = FULL_PADDING;
      while (octets === FULL_PADDING) {
        if (at >= packetEnd) return false;
        octets = bytes[at++] ?? 0;
        end -= octets === FULL_PADDING ? FULL_PADDING - 1 : octets;
      }
    }
    if (at > end) return false;
    if ((head & 0x80) !== 0) return this.#parseLengths(bytes, at, end, count);
    return (end - at) % count === 0 && this.#fill(at, count, (end - at) / count);
  }

  /** Frames of which each one's length is told, but for the last one's. */
  #parseLengths(bytes: Uint8Array, offset: number, end: number, count: number): boolean {
    let at = offset;
    let total = 0;
    for (let i = 0; i < count - 1; i++) {
      const length = lengthAt(bytes, at, end);
      if (length < 0) return false;
      at += lengthSize(length);
      total += length;
      this.lengths[i] = length;
    }
    const last = end - at - total;
    if (last < 0 || last > MAX_FRAME_LENGTH) return false;
    this.lengths[count - 1] = last;
    for (let i = 0; i < count; i++) {
      this.offsets[i] = at;
      at += this.lengths[i] ?? 0;
    }
    this.frames = count;
    return true;
  }
}

/** @returns the length that is written at an offset, or -1 when it is cut off: section 3.2.1 */
function lengthAt(bytes: Uint8Array, offset: number, end: number): number {
  if (offset >= end) return -1;
  const first = bytes[offset] ?? 0;
  if (first < LONG_FRAME) return first;
  return offset + 1 < end ? first + 4 * (bytes[offset + 1] ?? 0) : -1;
}

/** @returns how many octets a length is written in */
function lengthSize(length: number): number {
  return length < LONG_FRAME ? 1 : 2;
}
