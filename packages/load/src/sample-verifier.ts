/**
 * Decrypts a sample of what one subscriber receives, under that subscriber's own key, and holds it against what
 * the publisher sent: the payload has to be that publisher's, and sequence number and timestamp have to stand in
 * the same relation to the publisher's counting for the whole life of the stream.
 */
import { PAYLOAD_LENGTH, readPacket, SAMPLES_PER_PACKET } from './media-packet.js';
import { ANYBODY, type Reception } from './reception.js';
import { AUTHENTICATION_TAG_LENGTH, type SrtpKey, unprotectRtp } from './srtp.js';

/** Failures that are kept in words; the others are only counted. */
const KEPT_FAILURES = 5;

export class SampleVerifier {
  verified = 0;
  failed = 0;
  /** The first failures in words. */
  readonly failures: string[] = [];
  readonly #key: SrtpKey;
  readonly #subscriber: string;
  readonly #isSelective: boolean;

  /**
   * @param key under which the engine sends to this subscriber
   * @param subscriber names it in failures
   * @param isSelective the SFU leaves packets out: sequence numbers stand in no fixed relation to the publisher's
   */
  constructor(key: SrtpKey, subscriber: string, isSelective = false) {
    this.#key = key;
    this.#subscriber = subscriber;
    this.#isSelective = isSelective;
  }

  /**
   * Verifies one packet, and learns the stream's offsets from the first.
   * @param packet as it came
   * @param headerLength octets before the payload
   * @param index rollover counter × 2^16 + sequence number
   */
  verify(packet: Buffer, headerLength: number, index: number, reception: Reception): void {
    const fault = this.#faultOf(packet, headerLength, index, reception);
    if (fault === null) {
      this.verified++;
      return;
    }
    this.fail(`ssrc ${reception.ssrc} index ${index}: ${fault}`);
  }

  /** Counts a failure that was found elsewhere. */
  fail(fault: string): void {
    this.failed++;
    if (this.failures.length < KEPT_FAILURES) this.failures.push(`${this.#subscriber}: ${fault}`);
  }

  #faultOf(packet: Buffer, headerLength: number, index: number, reception: Reception): string | null {
    if (packet.length !== headerLength + PAYLOAD_LENGTH + AUTHENTICATION_TAG_LENGTH) {
      return `${packet.length} octets with a header of ${headerLength}`;
    }
    const plain = unprotectRtp(this.#key, packet, headerLength, Math.floor(index / 0x1_0000));
    if (plain === null) return 'the authentication tag is wrong';
    const read = readPacket(plain, headerLength);
    if (typeof read === 'string') return read;
    if (reception.publisher >= 0 && read.publisher !== reception.publisher) {
      return `publisher ${read.publisher} instead of ${reception.publisher}`;
    }
    const indexOffset = index - read.counter;
    const timestampOffset = (read.timestamp - read.counter * SAMPLES_PER_PACKET) >>> 0;
    reception.indexOffset ??= indexOffset;
    reception.timestampOffset ??= timestampOffset;
    if (reception.publisher === ANYBODY) return null;
    if (!this.#isSelective && indexOffset !== reception.indexOffset) {
      return `sequence number moved by ${indexOffset - reception.indexOffset} against the publisher's`;
    }
    if (timestampOffset !== reception.timestampOffset) {
      return `timestamp moved by ${timestampOffset - reception.timestampOffset} against the publisher's`;
    }
    return null;
  }
}
