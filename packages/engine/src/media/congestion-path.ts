import { readUint16 } from './big-endian.js';
import { ArrivalReports } from './congestion/arrival-reports.js';
import { ReceiverEstimate } from './congestion/receiver-estimate.js';
import type { Publication } from './forward/publication.js';
import {
  MAX_ESTIMATED_SOURCES,
  type ReportBlock,
  TransportFeedbackWriter,
  writeReceiverCompound,
  writeReceiverEstimate,
} from './rtcp/index.js';
import { ENGINE_CNAME, type RtcpSender } from './rtcp-sender.js';
import { findHeaderExtension, HeaderExtensionElement, NO_EXTENSION, type RtpHeader } from './rtp/index.js';
import type { Transport } from './transport.js';

/** Octets of a transport-wide sequence number. */
const SEQUENCE_NUMBER_LENGTH = 2;
/** Of a receiver report that only begins a compound. */
const NO_BLOCKS: readonly ReportBlock[] = [];

/**
 * What the congestion control of publishers is fed with: the arrivals of their packets for those who reckon themselves
 * (transport-wide congestion control), an estimate for those who cannot (REMB).
 */
export class CongestionPath {
  readonly #sender: RtcpSender;
  readonly #element = new HeaderExtensionElement();
  readonly #feedback = new TransportFeedbackWriter();
  readonly #sources = new Uint32Array(MAX_ESTIMATED_SOURCES);

  constructor(sender: RtcpSender) {
    this.#sender = sender;
  }

  /**
   * Begins with what the publication's SDP has agreed upon. It goes on for as long as the transport does: its numbers
   * are those of the transport.
   * @param now ms
   */
  open(transport: Transport, publication: Publication, now: number): void {
    const { transportCc, remb } = publication.feedback;
    const extension = publication.transportSequenceExtension;
    if (transportCc && extension !== 0 && transport.arrivalReports?.extension !== extension) {
      transport.arrivalReports = new ArrivalReports(extension, now);
    }
    if (remb) transport.receiverEstimate ??= new ReceiverEstimate();
  }

  /**
   * Takes an authentic RTP packet into account, of whatever stream it is.
   * @param header as it was parsed from the worker's memory
   * @param length octets of the whole packet, as it came
   * @param now ms, with fractions
   */
  receive(transport: Transport, header: RtpHeader, length: number, now: number): void {
    transport.receiverEstimate?.packetReceived(length, now);
    const reports = transport.arrivalReports;
    if (reports === null) return;
    const { bytes } = this.#sender;
    const data = findHeaderExtension(bytes, header, reports.extension, this.#element);
    if (data === NO_EXTENSION || this.#element.length !== SEQUENCE_NUMBER_LENGTH) return;
    reports.packetReceived(readUint16(bytes, data), length, now);
  }

  /**
   * Tells a publisher what is due.
   * @param now ms
   */
  report(transport: Transport, now: number): void {
    const { arrivalReports, receiverEstimate } = transport;
    if (arrivalReports?.isDue(now) === true) this.#reportArrivals(transport, arrivalReports, now);
    if (receiverEstimate?.isDue(now) === true) this.#reportEstimate(transport, receiverEstimate, now);
  }

  /** @returns when report() has something to tell, ms; infinite while nothing comes */
  dueAt({ arrivalReports, receiverEstimate }: Transport): number {
    const arrivalsDueAt = arrivalReports?.dueAt ?? Number.POSITIVE_INFINITY;
    return Math.min(arrivalsDueAt, receiverEstimate?.dueAt ?? Number.POSITIVE_INFINITY);
  }

  #reportArrivals(transport: Transport, reports: ArrivalReports, now: number): void {
    const { arrivals } = reports;
    const count = this.#findSources(transport);
    const { end } = arrivals;
    // Who sends packets of no publication is told nothing: there is no source to name.
    for (let next = arrivals.first; next < end && count > 0; next = this.#feedback.next) {
      const room = this.#sender.room();
      const before = this.#beginCompound(transport, room);
      const length = this.#feedback.write(
        this.#sender.bytes,
        room + before,
        transport.reporterSsrc,
        this.#sources[0] ?? 0,
        reports.count,
        arrivals,
        next,
        end,
      );
      reports.count = (reports.count + 1) & 0xff;
      this.#sender.send(transport, room, before + length, 'generated:transport-cc');
    }
    reports.reported(now);
  }

  #reportEstimate(transport: Transport, estimate: ReceiverEstimate, now: number): void {
    let expected = transport.endedUplink.expected;
    let lost = transport.endedUplink.lost;
    for (const publication of transport.publications) {
      expected += publication.expected;
      lost += publication.lost;
    }
    estimate.update(expected, lost, now);
    const count = this.#findSources(transport);
    if (count === 0) return;
    const room = this.#sender.room();
    const before = this.#beginCompound(transport, room);
    const length = writeReceiverEstimate(
      this.#sender.bytes,
      room + before,
      transport.reporterSsrc,
      estimate.bitrate,
      this.#sources,
      count,
    );
    this.#sender.send(transport, room, before + length, 'generated:REMB');
  }

  /** @returns octets of a receiver report without blocks and a CNAME, with which compounds begin */
  #beginCompound(transport: Transport, room: number): number {
    return writeReceiverCompound(
      this.#sender.bytes,
      room,
      transport.reporterSsrc,
      NO_BLOCKS,
      0,
      ENGINE_CNAME,
    );
  }

  /** Finds the SSRCs that the publisher sends with. @returns how many */
  #findSources({ publications }: Transport): number {
    let count = 0;
    for (const { ssrc } of publications) {
      if (ssrc !== null && count < MAX_ESTIMATED_SOURCES) this.#sources[count++] = ssrc;
    }
    return count;
  }
}
