import { ArrivalLog } from './arrival-log.js';

/** Milliseconds between two reports of arrivals to one publisher, at least and at most (section 4 of the draft). */
export const MIN_ARRIVAL_REPORT_INTERVAL = 50;
export const MAX_ARRIVAL_REPORT_INTERVAL = 250;
/** The interval before anything is known of the publisher's rate, ms. */
const FIRST_INTERVAL = 100;
/** Share of the publisher's own rate that reports may take: what RFC 3550 section 6.2 leaves to RTCP. */
const REPORT_SHARE = 0.05;
/** Octets of a usual report with all that is around it, down to IP. */
const REPORT_SIZE = 110;

/**
 * What one publisher is to be told of the arrivals of its packets, and when: the more it sends, the more often.
 * Nothing is told while nothing comes.
 */
export class ArrivalReports {
  /** Id of the transport-wide sequence number in the publisher's SDP. */
  readonly extension: number;
  readonly arrivals = new ArrivalLog();
  /** Reports that were written, modulo 2^8. */
  count = 0;
  #octets = 0;
  #reportedAt: number;
  #dueAt: number;

  /** @param now ms */
  constructor(extension: number, now: number) {
    this.extension = extension;
    this.#reportedAt = now;
    this.#dueAt = now + FIRST_INTERVAL;
  }

  /**
   * Takes one packet into account.
   * @param sequenceNumber the transport-wide one
   * @param length octets of the whole packet
   * @param now ms, with fractions
   */
  packetReceived(sequenceNumber: number, length: number, now: number): void {
    this.arrivals.record(sequenceNumber, now);
    this.#octets += length;
  }

  /** When there is something to tell, ms; infinite while nothing comes. */
  get dueAt(): number {
    return this.arrivals.isPending ? this.#dueAt : Number.POSITIVE_INFINITY;
  }

  /** @param now ms */
  isDue(now: number): boolean {
    return now >= this.dueAt;
  }

  /** All that has arrived has been told: the next interval begins. */
  reported(now: number): void {
    this.arrivals.markTold();
    const rate = this.#octets / (now - this.#reportedAt);
    const interval = REPORT_SIZE / (REPORT_SHARE * rate);
    this.#dueAt =
      now + Math.min(MAX_ARRIVAL_REPORT_INTERVAL, Math.max(MIN_ARRIVAL_REPORT_INTERVAL, interval));
    this.#reportedAt = now;
    this.#octets = 0;
  }
}
