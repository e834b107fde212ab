import { writeUint16, writeUint32 } from '../big-endian.js';
import { continueTimestamps, MARKER_BIT } from '../rtp/index.js';

const SEQUENCE_NUMBER_MASK = 0xffff;
const HALF = 0x8000;
/** There is no packet of that index. */
export const NO_PACKET = -1;

/**
 * What parts a stretch from the one before: a pause that the engine has made, behind which timestamps go on as the source's
 * do; a leap of the source, or another source, behind which they go on by the clock; or both.
 */
export type Interruption = 'pause' | 'leap' | 'pause-and-leap';

/**
 * The numbers under which the packets of a stream go out, one stream for all its subscribers; each route adds an offset of
 * its own. What goes out comes in *stretches*, between which the source was left out, has changed or has leapt. Within a
 * stretch the numbers follow the source's, so that a packet that was lost on its way here is one that is lost to the
 * subscribers, and may still come. From stretch to stretch sequence numbers go on without a gap, and however many
 * subscribers there are, that is one number changed: `outgoing index = index + shift`.
 *
 * A packet of a former stretch has no number here. One that came late would be mapped to a number that is used up, and be
 * encrypted with the keystream of the packet that had it: reuse of the keystream gives away both (RFC 3711 section 9.1).
 *
 * What is written into a packet follows from its index and its stretch alone: written again, it is the same octet for
 * octet, as sending it again under the same number requires.
 */
export class OutgoingNumbers {
  /**
   * Index of the oldest packet that may go out for the first time: that with which the stretch began, or later the route
   * that came back last. Where a route is new, nothing was sent under the numbers below its first one.
   */
  startIndex = 0;
  /** Index of the newest packet that was given to the routes. */
  newestIndex = 0;
  /** Added to the source's timestamps, int32. */
  timestampShift = 0;
  /** Timestamp with which the newest packet went out, int32. */
  timestamp = 0;
  /** When that packet came, ms. */
  sentAt = 0;
  /** Index of the packet with which the stretch began. */
  #firstIndex = 0;
  /** Added to indices. */
  #shift = 0;
  /** Whether anything went out yet. */
  #began = false;
  /** Whether the first packet of the stretch comes behind a pause that the engine has made. */
  #marksFirst = false;

  /**
   * Begins a stretch with this packet, which goes out under the next number.
   * @param timestamp int32
   * @param now when the packet came, ms
   * @param interruption before it, if it is not the first stretch; behind a pause the packet gets the marker bit
   */
  begin(index: number, timestamp: number, now: number, interruption: Interruption): void {
    const next = this.outgoingIndex(this.newestIndex) + 1;
    if (interruption !== 'pause' && this.#began) {
      this.timestampShift = continueTimestamps(this.timestamp, this.sentAt, timestamp, now) | 0;
    }
    this.#shift = next - index;
    this.#firstIndex = index;
    this.startIndex = index;
    this.newestIndex = index - 1;
    this.#marksFirst = interruption !== 'leap' && this.#began;
    this.#began = true;
  }

  /**
   * This packet is the newest of the stretch.
   * @param timestamp int32
   * @param now when it came, ms
   */
  advance(index: number, timestamp: number, now: number): void {
    this.newestIndex = index;
    this.timestamp = (timestamp + this.timestampShift) | 0;
    this.sentAt = now;
  }

  /** The place of a packet of the stretch in all that goes out: it grows by one from packet to packet, without end. */
  outgoingIndex(index: number): number {
    return index + this.#shift;
  }

  /** The sequence number under which a packet of the stretch goes out, before the offset of a route. */
  sequenceNumber(index: number): number {
    return this.outgoingIndex(index) & SEQUENCE_NUMBER_MASK;
  }

  /**
   * Half a cycle behind the newest packet and beyond, a number is one that is yet to be sent: the kernel takes the index that
   * is nearest to what its lane sent last, and a packet that went out long ago would use up the keystream of one to come.
   * @returns the index of the packet of the stretch that went out under this number last, or NO_PACKET
   */
  indexOf(sequenceNumber: number): number {
    const behind = (this.sequenceNumber(this.newestIndex) - sequenceNumber) & SEQUENCE_NUMBER_MASK;
    const index = this.newestIndex - behind;
    return behind >= HALF || index < this.#firstIndex ? NO_PACKET : index;
  }

  /**
   * Writes the numbers into the header of a packet of the stretch.
   * @param packet its offset in `bytes`
   * @param timestamp that of the source, int32
   * @param marker whether the source has set the marker bit
   */
  write(bytes: Uint8Array, packet: number, index: number, timestamp: number, marker: boolean): void {
    const marked = marker || (this.#marksFirst && index === this.#firstIndex);
    const second = bytes[packet + 1] ?? 0;
    bytes[packet + 1] = marked ? second | MARKER_BIT : second & ~MARKER_BIT;
    writeUint16(bytes, packet + 2, this.sequenceNumber(index));
    writeUint32(bytes, packet + 4, (timestamp + this.timestampShift) | 0);
  }
}
