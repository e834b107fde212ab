import type { Counters } from './counters.js';
import type { DropReason } from './drop-reason.js';
import type { Publication } from './forward/publication.js';
import type { Retransmitter } from './forward/retransmitter.js';
import type { Subscription } from './forward/subscription.js';
import {
  Nack,
  parseNack,
  RTCP_ACCEPTED,
  RTCP_DROP_NAMES,
  readNackEntry,
  writeNackCompound,
} from './rtcp/index.js';
import { ENGINE_CNAME, type RtcpSender } from './rtcp-sender.js';
import type { Transport } from './transport.js';

/** Sequence numbers that one NACK asks for; no cache holds more packets, and what is beyond is passed over. */
export const MAX_NACKED = 128;

/** Bits of an entry behind its first sequence number. */
const MASK_LENGTH = 16;

/** Requests for packets that are missing: those of subscribers, and the engine's own to publishers. */
export class NackPath {
  readonly #sender: RtcpSender;
  readonly #retransmitter: Retransmitter;
  readonly #packets: Counters;
  readonly #outcomes: Counters;
  readonly #nack = new Nack();
  /** Packets that the NACK which is being answered has brought. */
  #resent = 0;

  /**
   * @param packets counts RTCP packets by what was done with them
   * @param outcomes counts packets that are asked for
   */
  constructor(sender: RtcpSender, retransmitter: Retransmitter, packets: Counters, outcomes: Counters) {
    this.#sender = sender;
    this.#retransmitter = retransmitter;
    this.#packets = packets;
    this.#outcomes = outcomes;
  }

  /**
   * Answers a subscriber's NACK.
   * @param offset of the RTCP packet
   * @param length octets of it
   * @param now ms
   * @returns why it was dropped, or null
   */
  receive(transport: Transport, offset: number, length: number, now: number): DropReason | null {
    const nack = this.#nack;
    const malformed = parseNack(this.#sender.bytes, offset, length, nack);
    if (malformed !== RTCP_ACCEPTED) return RTCP_DROP_NAMES[malformed];
    const subscription = transport.subscriptionsBySsrc.get(nack.mediaSsrc);
    if (subscription === undefined) return 'rtcp-unknown-ssrc';
    this.#packets.count('consumed:NACK');
    let left = MAX_NACKED;
    this.#resent = 0;
    for (let i = 0; i < nack.entryCount && left > 0; i++) {
      const entry = readNackEntry(this.#sender.bytes, nack, i);
      const count = countRequested(entry);
      if (!transport.requestAllowance.take(now, count)) {
        this.#outcomes.count('refused:flood');
        break;
      }
      left -= count;
      this.#resend(subscription, entry, now);
    }
    transport.redundancy.addRequested(this.#resent);
    return null;
  }

  /**
   * Asks a publisher for what is missing of its stream, if anything is due.
   * @param now ms
   */
  request(transport: Transport, publication: Publication, now: number): void {
    const { missing, ssrc } = publication;
    if (missing === null || missing.isEmpty || ssrc === null) return;
    const count = missing.collect(now);
    if (count === 0) return;
    const room = this.#sender.room();
    const length = writeNackCompound(
      this.#sender.bytes,
      room,
      transport.reporterSsrc,
      ssrc,
      missing.due,
      count,
      ENGINE_CNAME,
    );
    this.#sender.send(transport, room, length, 'generated:NACK');
    this.#outcomes.count('requested', count);
  }

  #resend(subscription: Subscription, entry: number, now: number): void {
    const first = entry >>> 16;
    if (this.#retransmitter.resend(subscription, first, now)) this.#resent++;
    for (let bit = 0; bit < MASK_LENGTH; bit++) {
      if (((entry >>> bit) & 1) === 0) continue;
      if (this.#retransmitter.resend(subscription, (first + 1 + bit) & 0xffff, now)) this.#resent++;
    }
  }
}

/** @returns how many packets an entry of a NACK asks for */
function countRequested(entry: number): number {
  let count = 1;
  for (let mask = entry & 0xffff; mask !== 0; mask &= mask - 1) count++;
  return count;
}
