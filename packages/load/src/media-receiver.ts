/**
 * What one participant hears. Every packet's header is read and counted; the first packet of each stream and a
 * random share of the others are decrypted and held against what the publisher sent.
 */
import type { LatencyProbe } from './latency-probe.js';
import { rtpHeaderLength } from './media-packet.js';
import type { Reception } from './reception.js';
import { ReceptionTable } from './reception-table.js';
import { senderOfCompound } from './rtcp.js';
import type { SampleVerifier } from './sample-verifier.js';
import { MAX_DATAGRAM } from './socket.js';
import { type SrtpKey, unprotectRtcp } from './srtp.js';

/** RFC 5761 section 4: these second octets are RTCP packet types. */
const FIRST_RTCP_TYPE = 192;
const LAST_RTCP_TYPE = 223;
/** RTCP is two orders rarer than RTP: one in so many is decrypted. */
const RTCP_SAMPLE_INTERVAL = 10;
/** Longer than any run: no packet is sampled. */
const NEVER = 0x3fff_ffff;

export class MediaReceiver {
  readonly receptions = new ReceptionTable();
  readonly verifier: SampleVerifier;
  packets = 0;
  octets = 0;
  rtcpPackets = 0;
  readonly #key: SrtpKey;
  readonly #latency: LatencyProbe | null;
  readonly #sampleShare: number;
  #random: number;
  /** Packets until the next one that is sampled. */
  #untilSample: number;

  /**
   * @param key under which the engine sends
   * @param verifier of what is decrypted
   * @param sampleShare of the packets to decrypt, 0 to 1
   * @param seed of the choice of packets
   * @param latency told of each packet, or null
   */
  constructor(
    key: SrtpKey,
    verifier: SampleVerifier,
    sampleShare: number,
    seed: number,
    latency: LatencyProbe | null = null,
  ) {
    this.#latency = latency;
    this.#key = key;
    this.verifier = verifier;
    this.#sampleShare = sampleShare;
    this.#random = seed >>> 0;
    this.#untilSample = this.#drawGap();
  }

  /** The engine's offer says that `publisher` is heard under `ssrc`. */
  bind(ssrc: number, publisher: number): Reception {
    const reception = this.receptions.receptionOf(ssrc);
    reception.publisher = publisher;
    return reception;
  }

  /**
   * Takes an SRTP or SRTCP packet; it is left as it is.
   * @param offset multiple of MAX_DATAGRAM: its place in the receive batch
   */
  receive(bytes: Buffer, offset: number, length: number): void {
    const type = bytes[offset + 1] ?? 0;
    if (type >= FIRST_RTCP_TYPE && type <= LAST_RTCP_TYPE) this.#receiveRtcp(bytes, offset, length);
    else this.#receiveRtp(bytes, offset, length);
  }

  #receiveRtp(bytes: Buffer, offset: number, length: number): void {
    const headerLength = rtpHeaderLength(bytes, offset, length);
    if (headerLength === 0) {
      this.verifier.fail(`RTP packet of ${length} octets is too short`);
      return;
    }
    this.packets++;
    this.octets += length;
    const reception = this.receptions.receptionOf(readInt32(bytes, offset + 8));
    const sequenceNumber = ((bytes[offset + 2] ?? 0) << 8) | (bytes[offset + 3] ?? 0);
    const index = reception.estimateIndex(sequenceNumber);
    if (--this.#untilSample <= 0 || reception.timestampOffset === null) {
      this.#untilSample = this.#drawGap();
      this.verifier.verify(bytes.subarray(offset, offset + length), headerLength, index, reception);
    }
    const counter = reception.counterAt(readInt32(bytes, offset + 4));
    reception.receive(index, counter);
    if (this.#latency !== null && counter >= 0) {
      this.#latency.afterReceive(reception.publisher, counter, Math.floor(offset / MAX_DATAGRAM));
    }
  }

  #receiveRtcp(bytes: Buffer, offset: number, length: number): void {
    if (this.rtcpPackets++ % RTCP_SAMPLE_INTERVAL !== 0) return;
    const compound = unprotectRtcp(this.#key, bytes.subarray(offset, offset + length));
    if (compound === null || senderOfCompound(compound) === null) {
      this.verifier.fail(`RTCP packet of ${length} octets does not authenticate or is malformed`);
    } else this.verifier.verified++;
  }

  /**
   * Packets up to the next that is sampled: geometrically distributed, so that each is sampled with the same
   * probability, and one random number is drawn per sample instead of one per packet. The generator is a linear
   * congruential one (Numerical Recipes); the choice must not fall into step with the streams.
   */
  #drawGap(): number {
    this.#random = (Math.imul(this.#random, 1_664_525) + 1_013_904_223) >>> 0;
    const gap = Math.ceil(Math.log((this.#random + 1) / 2 ** 32) / Math.log1p(-this.#sampleShare));
    return gap < NEVER ? Math.max(gap, 1) : NEVER;
  }
}

/** Signed, so that V8 need not box it. */
function readInt32(bytes: Uint8Array, at: number): number {
  return (
    ((bytes[at] ?? 0) << 24) |
    ((bytes[at + 1] ?? 0) << 16) |
    ((bytes[at + 2] ?? 0) << 8) |
    (bytes[at + 3] ?? 0)
  );
}
