/** What one participant sends: its RTP stream, and RTCP about what it sends and hears. */
import {
  HEADER_LENGTH,
  PACKET_LENGTH,
  PAYLOAD_LENGTH,
  SAMPLES_PER_PACKET,
  type StreamOrigin,
  writePacket,
} from './media-packet.js';
import type { Reception } from './reception.js';
import { writeCompound } from './rtcp.js';
import {
  AUTHENTICATION_TAG_LENGTH,
  protectRtcp,
  protectRtp,
  SRTCP_INDEX_LENGTH,
  type SrtpKey,
} from './srtp.js';

export class MediaSender {
  /** Packets sent, and the counter of the next. */
  counter = 0;
  readonly #origin: StreamOrigin;
  readonly #key: SrtpKey;
  readonly #cname: string;
  readonly #isPublisher: boolean;
  #rtcpIndex = 0;

  /**
   * @param isPublisher false for a listener, which sends receiver reports only
   */
  constructor(origin: StreamOrigin, key: SrtpKey, cname: string, isPublisher: boolean) {
    this.#origin = origin;
    this.#key = key;
    this.#cname = cname;
    this.#isPublisher = isPublisher;
  }

  /**
   * Writes and protects the stream's next packet.
   * @param bytes where it is written, from its first octet on
   * @param level RFC 6464; undefined for levels that mean nothing
   * @returns octets of the protected packet
   */
  writeNext(bytes: Buffer, level: number | undefined): number {
    const rolloverCounter = Math.floor((this.#origin.sequenceNumber + this.counter) / 0x1_0000);
    writePacket(bytes, this.#origin, this.counter++, level);
    const packet = bytes.subarray(0, PACKET_LENGTH + AUTHENTICATION_TAG_LENGTH);
    return protectRtp(this.#key, packet, HEADER_LENGTH, PACKET_LENGTH, rolloverCounter);
  }

  /**
   * @param receptions what this participant hears
   * @param unixTime milliseconds
   * @returns a protected compound packet
   */
  writeReport(receptions: readonly Reception[], unixTime: number): Buffer {
    const { ssrc, timestamp } = this.#origin;
    const sender = {
      ssrc,
      timestamp: (timestamp + this.counter * SAMPLES_PER_PACKET) >>> 0,
      packets: this.counter,
      octets: this.counter * PAYLOAD_LENGTH,
    };
    const plain = writeCompound(this.#isPublisher ? sender : null, ssrc, receptions, this.#cname, unixTime);
    const packet = Buffer.concat([plain, Buffer.alloc(SRTCP_INDEX_LENGTH + AUTHENTICATION_TAG_LENGTH)]);
    protectRtcp(this.#key, packet, plain.length, ++this.#rtcpIndex);
    return packet;
  }
}
