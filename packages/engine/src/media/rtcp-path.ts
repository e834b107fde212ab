import type { Counters } from './counters.js';
import type { DropReason } from './drop-reason.js';
import type { ForwardedStream } from './forward/forwarded-stream.js';
import type { Publication } from './forward/publication.js';
import type { SourceStream } from './forward/source-stream.js';
import type { Subscription } from './forward/subscription.js';
import type { WorkerMemory } from './memory.js';
import type { NackPath } from './nack-path.js';
import {
  Bye,
  CompoundCursor,
  MAX_REPORT_BLOCKS,
  NACK_FORMAT,
  ntpMiddle,
  parseBye,
  parseReceiverReport,
  parseSenderReport,
  REPORT_BLOCK_LENGTH,
  ReceiverReport,
  ReportBlock,
  ROUND_TRIP_UNKNOWN,
  RTCP_ACCEPTED,
  RTCP_BYE,
  RTCP_DROP_NAMES,
  RTCP_RECEIVER_REPORT,
  RTCP_SENDER_REPORT,
  RTCP_SOURCE_DESCRIPTION,
  RTCP_TRANSPORT_LAYER_FEEDBACK,
  readByeSource,
  readReportBlock,
  rtcpPacketTypeName,
  SenderReport,
  writeByeCompound,
  writeReceiverCompound,
  writeSenderCompound,
} from './rtcp/index.js';
import { ENGINE_CNAME, type RtcpSender } from './rtcp-sender.js';
import { OPUS_CLOCK_RATE } from './rtp/index.js';
import { SRTP_DROP_NAMES } from './srtp/index.js';
import type { Transport } from './transport.js';

/** Milliseconds between receiver reports to one publisher; RFC 3550 section 6.2 wants 5 s less or more by half. */
export const REPORT_INTERVAL = 3_000;
/**
 * Milliseconds between two sender reports of a publication that are passed on. Participants send them seconds apart;
 * one datagram has room for fifty, each of which would go to every subscriber.
 */
const SENDER_REPORT_SPACING = 500;
/** Milliseconds between two goodbyes of a participant to one publication, each of which goes to every subscriber. */
const GOODBYE_SPACING = 500;
/** Units of the fraction lost: RFC 3550 section 6.4.1. */
const FRACTION_LOST_UNITS = 256;

/** RTCP of all transports: what docs/rtcp.md says of each packet type happens here. */
export class RtcpPath {
  readonly #memory: WorkerMemory;
  readonly #sender: RtcpSender;
  readonly #nacks: NackPath | null;
  readonly #packets: Counters;
  readonly #addsRedundancy: boolean;
  readonly #cursor = new CompoundCursor();
  readonly #senderReport = new SenderReport();
  readonly #receiverReport = new ReceiverReport();
  readonly #block = new ReportBlock();
  readonly #bye = new Bye();
  readonly #ownBlocks = Array.from({ length: MAX_REPORT_BLOCKS }, () => new ReportBlock());

  /**
   * @param nacks answers requests; null when nothing is sent again
   * @param packets counts RTCP packets by what was done with them: `consumed:SR`
   * @param addsRedundancy whether subscribers who lose many packets get redundancy
   */
  constructor(
    memory: WorkerMemory,
    sender: RtcpSender,
    nacks: NackPath | null,
    packets: Counters,
    addsRedundancy: boolean,
  ) {
    this.#memory = memory;
    this.#sender = sender;
    this.#nacks = nacks;
    this.#packets = packets;
    this.#addsRedundancy = addsRedundancy;
  }

  /**
   * Takes one compound packet in.
   * @param offset in worker memory; it is decrypted in place
   * @param now ms
   * @returns why it or the last malformed part of it was dropped, or null
   */
  receive(transport: Transport, offset: number, length: number, now: number): DropReason | null {
    if (transport.srtp === null) return 'rtcp-before-keys';
    const plainLength = transport.srtp.rtcpReceiver.unprotect(offset, length);
    if (plainLength < 0) return SRTP_DROP_NAMES[-plainLength] ?? 'srtp-unknown';
    if (!transport.octetAllowance.take(now, length)) return 'rtcp-too-frequent';
    const cursor = this.#cursor;
    const malformed = cursor.open(this.#memory.bytes, offset, plainLength);
    if (malformed !== RTCP_ACCEPTED) return RTCP_DROP_NAMES[malformed];
    let dropped: DropReason | null = null;
    while (cursor.next()) dropped = this.#receivePacket(transport, now) ?? dropped;
    return dropped;
  }

  /** Sends a publisher what the engine has received of it, when that is due. */
  report(transport: Transport, now: number): void {
    if (transport.srtp === null || now < transport.reportDueAt) return;
    transport.reportDueAt = now + REPORT_INTERVAL;
    let count = 0;
    for (const { statistics } of transport.publications) {
      const block = this.#ownBlocks[count];
      if (block === undefined || statistics === null || !statistics.heardSinceReport) continue;
      statistics.report(block, now);
      count++;
    }
    if (count === 0) return;
    const room = this.#sender.room();
    const length = writeReceiverCompound(
      this.#memory.bytes,
      room,
      transport.reporterSsrc,
      this.#ownBlocks,
      count,
      ENGINE_CNAME,
    );
    this.#sender.send(transport, room, length, 'generated:RR');
  }

  /** @returns when report() has something to tell the publisher, ms; infinite while nothing of it comes */
  reportDueAt({ srtp, publications, reportDueAt }: Transport): number {
    if (srtp === null) return Number.POSITIVE_INFINITY;
    for (const { statistics } of publications) if (statistics?.heardSinceReport === true) return reportDueAt;
    return Number.POSITIVE_INFINITY;
  }

  /** Tells the subscribers of a publication, on all workers, that its stream ends: players mute it at once. */
  endStream(publication: Publication): void {
    if (publication.saidGoodbye) return;
    for (const relay of publication.relays) relay.sendGoodbye(publication.id);
    this.sayGoodbye(publication);
  }

  /** Tells those of them that are on this worker, unless that was the last that they were told. */
  sayGoodbye(stream: ForwardedStream): void {
    if (stream.saidGoodbye) return;
    stream.saidGoodbye = true;
    for (const subscription of stream.flowing()) this.#sendBye(subscription);
  }

  #receivePacket(transport: Transport, now: number): DropReason | null {
    switch (this.#cursor.packetType) {
      case RTCP_SENDER_REPORT:
        return this.#receiveSenderReport(transport, now);
      case RTCP_RECEIVER_REPORT:
        return this.#receiveReceiverReport(transport, now);
      case RTCP_BYE:
        return this.#receiveBye(transport, now);
      case RTCP_TRANSPORT_LAYER_FEEDBACK:
        return this.#receiveFeedback(transport, now);
      case RTCP_SOURCE_DESCRIPTION:
        this.#packets.count('consumed:SDES');
        return null;
      default:
        this.#packets.count(`ignored:${rtcpPacketTypeName(this.#cursor.packetType)}`);
        return null;
    }
  }

  #receiveFeedback(transport: Transport, now: number): DropReason | null {
    const { count, offset, length, packetType } = this.#cursor;
    if (count === NACK_FORMAT && this.#nacks !== null)
      return this.#nacks.receive(transport, offset, length, now);
    this.#packets.count(`ignored:${rtcpPacketTypeName(packetType)}`);
    return null;
  }

  #receiveSenderReport(transport: Transport, now: number): DropReason | null {
    const report = this.#senderReport;
    const { offset, length } = this.#cursor;
    const malformed = parseSenderReport(this.#memory.bytes, offset, length, report);
    if (malformed !== RTCP_ACCEPTED) return RTCP_DROP_NAMES[malformed];
    this.#receiveBlocks(transport, report.blockCount, report.blocksOffset, now);
    const source = report.ssrc | 0;
    const publication = transport.publications.find(({ ssrc }) => ssrc === source);
    if (publication === undefined) return 'rtcp-unknown-ssrc';
    if (now - publication.reportedAt < SENDER_REPORT_SPACING) {
      this.#packets.count('ignored:SR');
      return null;
    }
    publication.reportedAt = now;
    this.#packets.count('consumed:SR');
    publication.statistics?.senderReportReceived(ntpMiddle(report.ntpSeconds, report.ntpFraction), now);
    if (publication.withheld || publication.suppressed) return null;
    for (const relay of publication.relays) relay.sendSenderReport(publication.id, report);
    this.forwardSenderReport(publication, report, now);
    return null;
  }

  /**
   * Passes a publisher's report on to the subscribers on this worker, its own and those of the slot that it feeds.
   * @param now ms
   */
  forwardSenderReport(stream: SourceStream, report: SenderReport, now: number): void {
    this.#reportTo(stream, report, now);
    if (stream.slot !== null) this.#reportTo(stream.slot, report, now);
  }

  #reportTo(stream: ForwardedStream, report: SenderReport, now: number): void {
    if (!stream.isFlowing) return;
    stream.forwardedReports.remember(ntpMiddle(report.ntpSeconds, report.ntpFraction), now);
    for (const subscription of stream.flowing()) this.#sendSenderReport(subscription, report);
  }

  #sendSenderReport(subscription: Subscription, report: SenderReport): void {
    const { routeGroup, subscriber, source } = subscription;
    if (routeGroup === null || subscriber.lane === null || source === null) return;
    const lane = subscriber.lane.index;
    const room = this.#sender.room();
    const length = writeSenderCompound(
      this.#memory.bytes,
      room,
      report,
      subscription.ssrc,
      routeGroup.timestampOffset(lane) + source.numbers.timestampShift,
      routeGroup.packetsSent(lane),
      routeGroup.octetsSent(lane),
      subscription.cname,
    );
    this.#sender.send(subscriber, room, length, 'forwarded:SR');
  }

  #receiveReceiverReport(transport: Transport, now: number): DropReason | null {
    const report = this.#receiverReport;
    const { offset, length } = this.#cursor;
    const malformed = parseReceiverReport(this.#memory.bytes, offset, length, report);
    if (malformed !== RTCP_ACCEPTED) return RTCP_DROP_NAMES[malformed];
    this.#packets.count('consumed:RR');
    this.#receiveBlocks(transport, report.blockCount, report.blocksOffset, now);
    return null;
  }

  #receiveBlocks(transport: Transport, count: number, offset: number, now: number): void {
    const block = this.#block;
    for (let i = 0; i < count; i++) {
      readReportBlock(this.#memory.bytes, offset + i * REPORT_BLOCK_LENGTH, block);
      const subscription = transport.subscriptionsBySsrc.get(block.ssrc);
      if (subscription === undefined) continue;
      subscription.fractionLost = block.fractionLost / FRACTION_LOST_UNITS;
      subscription.jitter = (block.jitter * 1000) / OPUS_CLOCK_RATE;
      subscription.reportedAt = now;
      transport.redundancy.addBlock(subscription.fractionLost, subscription.countSinceReport());
      if (subscription.source === null) continue;
      const roundTripTime = subscription.source.forwardedReports.roundTripTime(
        block.lastSenderReport,
        block.delaySinceLastSenderReport,
        now,
      );
      if (roundTripTime === ROUND_TRIP_UNKNOWN) continue;
      transport.roundTripTime = roundTripTime;
      transport.roundTripMeasuredAt = now;
    }
    if (this.#addsRedundancy && transport.redundancy.endReport(transport.roundTripTime, now))
      this.#encode(transport);
  }

  /** Adds redundancy to all that a subscriber gets and accepts with it, or leaves it out. */
  #encode({ subscriptions, redundancy }: Transport): void {
    for (const subscription of subscriptions.values()) {
      const { source, redPayloadType } = subscription;
      const isRedundant = redundancy.wanted && redPayloadType !== null;
      if (source === null) subscription.isRedundant = isRedundant;
      else source.encode(subscription, isRedundant);
    }
  }

  #receiveBye(transport: Transport, now: number): DropReason | null {
    const bye = this.#bye;
    const { offset, length } = this.#cursor;
    const malformed = parseBye(this.#memory.bytes, offset, length, bye);
    if (malformed !== RTCP_ACCEPTED) return RTCP_DROP_NAMES[malformed];
    this.#packets.count('consumed:BYE');
    for (let i = 0; i < bye.sourceCount; i++) {
      const source = readByeSource(this.#memory.bytes, bye, i) | 0;
      const publication = transport.publications.find(({ ssrc }) => ssrc === source);
      if (publication === undefined || publication.saidGoodbye) continue;
      if (now - publication.goodbyeAt < GOODBYE_SPACING) {
        this.#packets.count('ignored:BYE');
        continue;
      }
      publication.goodbyeAt = now;
      this.endStream(publication);
    }
    return null;
  }

  #sendBye(subscription: Subscription): void {
    const room = this.#sender.room();
    const length = writeByeCompound(this.#memory.bytes, room, subscription.ssrc, subscription.cname);
    this.#sender.send(subscription.subscriber, room, length, 'generated:BYE');
  }
}
