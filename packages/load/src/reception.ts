/**
 * What one subscriber receives under one SSRC: which packets came, once each, and where the stream stands in the
 * publisher's own counting. Nothing here allocates: it is called for every packet that arrives.
 */

import { SAMPLES_PER_PACKET } from './media-packet.js';

const SEQUENCE_SPAN = 0x1_0000;
const HALF_SPAN = 0x8000;
/** Packets behind the highest whose arrival is remembered. */
const MEMORY = 32;
/** The publisher of a slot, on which whoever speaks is heard. */
export const ANYBODY = -2;
/** Of what no offer has named. */
export const NOBODY = -1;
/** An index that no packet of a run reaches. It is a small integer to V8, as all that is touched per packet. */
const NEVER = 0x3fff_ffff;

export class Reception {
  // What every packet touches stands first, so that it shares two cache lines: a large mesh has ten thousand of these.
  /** Highest index so far: rollover counter × 2^16 + sequence number (RFC 3711 section 3.3.1); -1 before any. */
  highest = -1;
  /** Bit n: the packet n behind the highest has come. */
  #arrivals = 0;
  /** Packets received, duplicates left out. */
  received = 0;
  /** Packets received of those that count for the measurement. */
  receivedInWindow = 0;
  /** The lowest and the highest index of those; NEVER and -1 without any. */
  #firstInWindow = NEVER;
  #lastInWindow = -1;
  #windowStart = NEVER;
  #windowEnd = NEVER;
  /** Index minus the publisher's counter, told by the first packet that was decrypted; null before it. */
  indexOffset: number | null = null;
  readonly ssrc: number;
  /** Index of the publisher that the engine's offer names for this SSRC, ANYBODY, or NOBODY as long as none did. */
  publisher = NOBODY;
  duplicates = 0;
  /** Packets too far behind to be told from duplicates. */
  tooLate = 0;
  /** Timestamp minus the publisher's count of samples, modulo 2^32; null before the first decrypted packet. */
  timestampOffset: number | null = null;

  constructor(ssrc: number) {
    this.ssrc = ssrc;
  }

  /** From now on counts the publisher's packets, from counter `start` on. */
  openWindow(start: number): void {
    this.#windowStart = start;
    this.#windowEnd = NEVER;
    this.receivedInWindow = 0;
    this.#firstInWindow = NEVER;
    this.#lastInWindow = -1;
  }

  /** @param end counter of the first packet that no longer counts; none from there on has been sent yet */
  closeWindow(end: number): void {
    this.#windowEnd = end;
  }

  /** Packets that sequence numbers announce, from the first to the last that has come of those that count. */
  get announcedInWindow(): number {
    return Math.max(0, this.#lastInWindow - this.#firstInWindow + 1);
  }

  /**
   * By timestamps, which keep their relation to the publisher's counting when an SFU leaves packets out. On a slot nothing
   * tells it, and all packets are taken for the first.
   * @param timestamp int32
   * @returns the publisher's counter, or -1 before any packet was decrypted
   */
  counterAt(timestamp: number): number {
    if (this.publisher === ANYBODY) return 0;
    if (this.timestampOffset === null) return -1;
    return ((timestamp - this.timestampOffset) >>> 0) / SAMPLES_PER_PACKET;
  }

  /** Index that a packet with this sequence number has, RFC 3711 section 3.3.1 and appendix A. */
  estimateIndex(sequenceNumber: number): number {
    if (this.highest < 0) return sequenceNumber;
    const ahead = (sequenceNumber - this.highest) & (SEQUENCE_SPAN - 1);
    const index = this.highest + (ahead < HALF_SPAN ? ahead : ahead - SEQUENCE_SPAN);
    return index < 0 ? index + SEQUENCE_SPAN : index;
  }

  /**
   * Counts a packet.
   * @param index as estimateIndex gave it
   * @param counter as counterAt gave it
   */
  receive(index: number, counter: number): void {
    const ahead = this.highest < 0 ? 1 : index - this.highest;
    if (ahead > 0) {
      this.#arrivals = ahead >= MEMORY ? 1 : (this.#arrivals << ahead) | 1;
      this.highest = index;
    } else {
      if (ahead <= -MEMORY) {
        this.tooLate++;
        return;
      }
      const bit = 1 << -ahead;
      if ((this.#arrivals & bit) !== 0) {
        this.duplicates++;
        return;
      }
      this.#arrivals |= bit;
    }
    this.received++;
    if (counter < this.#windowStart || counter >= this.#windowEnd) return;
    this.receivedInWindow++;
    if (index < this.#firstInWindow) this.#firstInWindow = index;
    if (index > this.#lastInWindow) this.#lastInWindow = index;
  }
}
