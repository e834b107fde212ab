import { writeUint16, writeUint24, writeUint32 } from '../big-endian.js';
import { writePacketHeader } from './packet-header.js';
import { RTCP_TRANSPORT_LAYER_FEEDBACK } from './packet-types.js';

/** Format (FMT) of transport-wide feedback within the packet type RTPFB. */
export const FMT_TRANSPORT_FEEDBACK = 15;
/** Greatest number of packets whose status one feedback packet tells. */
export const MAX_FEEDBACK_STATUSES = 512;
/** Greatest number of arrivals that one feedback packet tells; what is more comes in the next one. */
export const MAX_FEEDBACK_ARRIVALS = 256;
/** Octets in front of the chunks. */
const FEEDBACK_HEADER_LENGTH = 20;
const CHUNK_LENGTH = 2;
const LARGE_DELTA_LENGTH = 2;
/** Statuses in one chunk of two bits each, and of one bit each. */
const WIDE_VECTOR = 7;
const NARROW_VECTOR = 14;
/** Octets of the longest feedback packet. */
export const MAX_FEEDBACK_LENGTH =
  FEEDBACK_HEADER_LENGTH +
  Math.ceil(MAX_FEEDBACK_STATUSES / WIDE_VECTOR) * CHUNK_LENGTH +
  MAX_FEEDBACK_ARRIVALS * LARGE_DELTA_LENGTH +
  2;

/** Ticks of 250 µs in one unit of the reference time, 64 ms. */
const REFERENCE_SHIFT = 8;

/** Packet status symbols, section 3.1.1. */
const NOT_RECEIVED = 0;
const SMALL_DELTA = 1;
const LARGE_DELTA = 2;
const MAX_SMALL_DELTA = 0xff;
const MIN_LARGE_DELTA = -0x8000;
const MAX_LARGE_DELTA = 0x7fff;

/** First bits of the two kinds of chunks, sections 3.1.3 and 3.1.4. */
const RUN_LENGTH_CHUNK = 0x0000;
const RUN_SYMBOL_SHIFT = 13;
const NARROW_CHUNK = 0x8000;
const WIDE_CHUNK = 0xc000;

/** When packets came, by transport-wide sequence numbers that are extended, so that they never wrap. */
export interface PacketArrivals {
  hasArrived(number: number): boolean;
  /** @returns when one that has arrived came, in ticks of 250 µs modulo 2^32, int32 */
  ticksOf(number: number): number;
}

/**
 * Writes transport-wide feedback, draft-holmer-rmcat-transport-wide-cc-extensions-01 section 3.1:
 *
 * ```
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |V=2|P|  FMT=15 |    PT=205     |             length            |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                     SSRC of packet sender                     |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                      SSRC of media source                     |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |      base sequence number     |      packet status count      |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                 reference time                | fb pkt. count |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |          packet chunks, deltas, zeros up to a word            |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * ```
 *
 * Made once and used for every packet: it allocates nothing.
 */
export class TransportFeedbackWriter {
  readonly #symbols = new Uint8Array(MAX_FEEDBACK_STATUSES);
  /** The first number of which the packet that was written last does not tell. */
  next = 0;

  /**
   * Writes one packet, which tells of as many numbers as it has room for: `next` then is the first of the rest.
   * @param offset where to write; MAX_FEEDBACK_LENGTH octets have to be there
   * @param senderSsrc of the engine on that transport
   * @param mediaSsrc any of those that the receiver of the feedback sends with
   * @param feedbackCount of packets of feedback on that transport, modulo 2^8
   * @param first number to tell of
   * @param end behind the last, which has arrived; at most MAX_FEEDBACK_STATUSES behind the first
   * @returns octets written
   */
  write(
    bytes: Uint8Array,
    offset: number,
    senderSsrc: number,
    mediaSsrc: number,
    feedbackCount: number,
    arrivals: PacketArrivals,
    first: number,
    end: number,
  ): number {
    let earliest = first;
    while (earliest < end && !arrivals.hasArrived(earliest)) earliest++;
    const reference = arrivals.ticksOf(earliest) >> REFERENCE_SHIFT;
    const count = this.#classify(arrivals, first, end, reference << REFERENCE_SHIFT);
    this.next = first + count;
    writeUint32(bytes, offset + 4, senderSsrc);
    writeUint32(bytes, offset + 8, mediaSsrc);
    writeUint16(bytes, offset + 12, first);
    writeUint16(bytes, offset + 14, count);
    writeUint24(bytes, offset + 16, reference);
    bytes[offset + 19] = feedbackCount;
    let position = this.#writeChunks(bytes, offset + FEEDBACK_HEADER_LENGTH, count);
    position = this.#writeDeltas(bytes, position, arrivals, first, count, reference << REFERENCE_SHIFT);
    while (((position - offset) & 3) !== 0) bytes[position++] = 0;
    const length = position - offset;
    writePacketHeader(bytes, offset, FMT_TRANSPORT_FEEDBACK, RTCP_TRANSPORT_LAYER_FEEDBACK, length);
    return length;
  }

  /**
   * Finds the symbols of the packets' statuses. Ends before an arrival that is so far from the one before that no delta
   * can tell it: the next packet has a reference time of its own.
   * @returns how many there are
   */
  #classify(arrivals: PacketArrivals, first: number, end: number, reference: number): number {
    let former = reference;
    let arrived = 0;
    for (let number = first; number < end; number++) {
      const position = number - first;
      if (!arrivals.hasArrived(number)) {
        this.#symbols[position] = NOT_RECEIVED;
        continue;
      }
      const ticks = arrivals.ticksOf(number);
      const delta = (ticks - former) | 0;
      if (arrived === MAX_FEEDBACK_ARRIVALS || delta < MIN_LARGE_DELTA || delta > MAX_LARGE_DELTA) {
        return position;
      }
      this.#symbols[position] = delta >= 0 && delta <= MAX_SMALL_DELTA ? SMALL_DELTA : LARGE_DELTA;
      former = ticks;
      arrived++;
    }
    return end - first;
  }

  /** Takes the chunk that covers most at each place. @returns position behind the chunks */
  #writeChunks(bytes: Uint8Array, offset: number, count: number): number {
    let position = offset;
    for (let done = 0; done < count; position += CHUNK_LENGTH) {
      const run = this.#runLength(done, count);
      const isNarrow = this.#isNarrow(done, Math.min(done + NARROW_VECTOR, count));
      if (run >= Math.min(count - done, isNarrow ? NARROW_VECTOR : WIDE_VECTOR)) {
        const symbol = this.#symbols[done] ?? NOT_RECEIVED;
        writeUint16(bytes, position, RUN_LENGTH_CHUNK | (symbol << RUN_SYMBOL_SHIFT) | run);
        done += run;
      } else if (isNarrow) {
        writeUint16(bytes, position, NARROW_CHUNK | this.#vector(done, NARROW_VECTOR, count, 1));
        done += NARROW_VECTOR;
      } else {
        writeUint16(bytes, position, WIDE_CHUNK | this.#vector(done, WIDE_VECTOR, count, 2));
        done += WIDE_VECTOR;
      }
    }
    return position;
  }

  /** @returns how many equal symbols follow each other from there */
  #runLength(from: number, count: number): number {
    const symbol = this.#symbols[from];
    let end = from + 1;
    while (end < count && this.#symbols[end] === symbol) end++;
    return end - from;
  }

  /** Whether one bit tells each of the statuses. */
  #isNarrow(from: number, to: number): boolean {
    for (let position = from; position < to; position++) {
      if (this.#symbols[position] === LARGE_DELTA) return false;
    }
    return true;
  }

  /** @returns the symbols of a vector, the first in the highest bits; what is behind the last counts for nothing */
  #vector(from: number, length: number, count: number, bits: number): number {
    let vector = 0;
    for (let position = from; position < from + length; position++) {
      const symbol = position < count ? (this.#symbols[position] ?? NOT_RECEIVED) : NOT_RECEIVED;
      vector = (vector << bits) | symbol;
    }
    return vector;
  }

  /** @returns position behind the deltas */
  #writeDeltas(
    bytes: Uint8Array,
    offset: number,
    arrivals: PacketArrivals,
    first: number,
    count: number,
    reference: number,
  ): number {
    let position = offset;
    let former = reference;
    for (let done = 0; done < count; done++) {
      const symbol = this.#symbols[done];
      if (symbol === NOT_RECEIVED) continue;
      const ticks = arrivals.ticksOf(first + done);
      const delta = (ticks - former) | 0;
      former = ticks;
      if (symbol === SMALL_DELTA) {
        bytes[position++] = delta;
      } else {
        writeUint16(bytes, position, delta);
        position += LARGE_DELTA_LENGTH;
      }
    }
    return position;
  }
}
