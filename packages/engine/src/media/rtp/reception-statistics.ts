import { timestampDistance } from './sequence.js';

/** A gap up to which a jump ahead counts as loss, RFC 3550 A.1. */
export const MAX_DROPOUT = 3000;
/** How far behind a packet may be and count as reordered, RFC 3550 A.1. */
export const MAX_MISORDER = 100;

const SEQUENCE_NUMBER_CYCLE = 0x10000;
/** No 16-bit sequence number equals it. */
const NO_SEQUENCE_NUMBER = SEQUENCE_NUMBER_CYCLE;
/** Bounds of the signed 24-bit field. */
const MAX_CUMULATIVE_LOST = 0x7fffff;
const MIN_CUMULATIVE_LOST = -0x800000;
const MAX_UINT32 = 0xffffffff;
/** Units of the delay since the last sender report, per second: RFC 3550 section 6.4.1. */
const DELAY_UNITS_PER_SECOND = 65_536;
/** Gain of the jitter estimator, RFC 3550 section 6.4.1. */
const JITTER_GAIN = 1 / 16;

/** The fields of one reception report block, RFC 3550 section 6.4.1. */
export interface ReceptionReport {
  /** The source that is reported on. */
  ssrc: number;
  /** Loss since the previous report, in 1/256. */
  fractionLost: number;
  /** Signed 24 bits: duplicates can make it negative. */
  cumulativeLost: number;
  /** Cycles in the upper, highest sequence number in the lower 16 bits. */
  extendedHighestSequenceNumber: number;
  /** In units of the timestamp. */
  jitter: number;
  /** Middle 32 bits of the NTP timestamp of the last sender report; 0: there was none. */
  lastSenderReport: number;
  /** Time since that report arrived, in 1/65536 s; 0: there was none. */
  delaySinceLastSenderReport: number;
}

/**
 * What a receiver knows of one source, RFC 3550 appendices A.1 (without probation, for SRTP has authenticated
 * the packets), A.3 and A.8. One for each received SSRC; takes every packet and allocates nothing.
 */
export class ReceptionStatistics {
  readonly ssrc: number;
  readonly #clockRate: number;

  #started = false;
  /** Multiples of 65536 that the sequence number has gone through. */
  #cycles = 0;
  #baseSequenceNumber = 0;
  #maxSequenceNumber = 0;
  /** The one that, coming next, proves that the source has restarted its numbers. */
  #badSequenceNumber = NO_SEQUENCE_NUMBER;
  /** Packets since the source (re)started, late ones and duplicates included. */
  #received = 0;
  #expectedPrior = 0;
  #receivedPrior = 0;
  /** Of the times before the source restarted its numbers. */
  #earlierExpected = 0;
  #earlierReceived = 0;

  #lastTimestamp = 0;
  #lastArrival = 0;
  /** Interarrival jitter in units of the timestamp, unrounded. */
  #jitter = 0;

  #lastSenderReport = 0;
  #lastSenderReportArrival = 0;

  /**
   * @param ssrc the source
   * @param clockRate of its timestamps, Hz
   */
  constructor(ssrc: number, clockRate: number) {
    this.ssrc = ssrc;
    this.#clockRate = clockRate;
  }

  /** Whether packets have come since the previous report: only then is there something to report (section 6.4). */
  get heardSinceReport(): boolean {
    return this.#started && this.#received !== this.#receivedPrior;
  }

  /** Packets that the sequence numbers announced, from the first on, over restarts of the source. */
  get expected(): number {
    return this.#earlierExpected + this.#expectedSinceStart;
  }

  /** Those of them that did not come. */
  get lost(): number {
    return this.expected - this.#earlierReceived - this.#received;
  }

  /** Interarrival jitter, ms. */
  get jitter(): number {
    return (this.#jitter * 1000) / this.#clockRate;
  }

  get #expectedSinceStart(): number {
    return this.#started ? this.#cycles + this.#maxSequenceNumber - this.#baseSequenceNumber + 1 : 0;
  }

  /**
   * Takes one packet into account.
   *
   * @param sequenceNumber of the packet, 16 bits
   * @param timestamp of the packet, 32 bits, signed or unsigned
   * @param arrival when it came, ms
   */
  packetReceived(sequenceNumber: number, timestamp: number, arrival: number): void {
    if (!this.#started) {
      this.#start(sequenceNumber, timestamp, arrival);
      return;
    }
    const distance = (sequenceNumber - this.#maxSequenceNumber) & 0xffff;
    if (distance < MAX_DROPOUT) {
      if (sequenceNumber < this.#maxSequenceNumber) this.#cycles += SEQUENCE_NUMBER_CYCLE;
      this.#maxSequenceNumber = sequenceNumber;
    } else if (distance <= SEQUENCE_NUMBER_CYCLE - MAX_MISORDER) {
      if (sequenceNumber === this.#badSequenceNumber) {
        this.#start(sequenceNumber, timestamp, arrival);
      } else {
        this.#badSequenceNumber = (sequenceNumber + 1) & 0xffff;
      }
      return;
    }
    this.#received += 1;
    this.#updateJitter(timestamp, arrival);
  }

  /**
   * Takes a packet into account that has come upon a request: what was lost is there, and says nothing of jitter.
   */
  packetSentAgain(): void {
    if (this.#started) this.#received += 1;
  }

  /**
   * Remembers a sender report of the source, for the report that goes back to it.
   *
   * @param ntpMiddle middle 32 bits of its NTP timestamp
   * @param arrival when it came, ms
   */
  senderReportReceived(ntpMiddle: number, arrival: number): void {
    this.#lastSenderReport = ntpMiddle;
    this.#lastSenderReportArrival = arrival;
  }

  /**
   * Fills a report block and starts the next interval.
   *
   * @param report is filled
   * @param now ms
   */
  report(report: ReceptionReport, now: number): void {
    const extendedMax = this.#cycles + this.#maxSequenceNumber;
    const expected = this.#expectedSinceStart;
    const lost = expected - this.#received;
    const expectedInterval = expected - this.#expectedPrior;
    const lostInterval = expectedInterval - (this.#received - this.#receivedPrior);
    this.#expectedPrior = expected;
    this.#receivedPrior = this.#received;

    report.ssrc = this.ssrc;
    report.fractionLost =
      expectedInterval > 0 && lostInterval > 0
        ? Math.min(Math.floor((lostInterval * 256) / expectedInterval), 255)
        : 0;
    report.cumulativeLost = Math.max(MIN_CUMULATIVE_LOST, Math.min(lost, MAX_CUMULATIVE_LOST));
    report.extendedHighestSequenceNumber = extendedMax >>> 0;
    report.jitter = Math.min(Math.floor(this.#jitter), MAX_UINT32);
    report.lastSenderReport = this.#lastSenderReport;
    report.delaySinceLastSenderReport = this.#delaySinceLastSenderReport(now);
  }

  /** A source begins, or begins anew: its counts start over, and what jitter there was is kept. */
  #start(sequenceNumber: number, timestamp: number, arrival: number): void {
    this.#earlierExpected += this.#expectedSinceStart;
    this.#earlierReceived += this.#received;
    this.#started = true;
    this.#cycles = 0;
    this.#baseSequenceNumber = sequenceNumber;
    this.#maxSequenceNumber = sequenceNumber;
    this.#badSequenceNumber = NO_SEQUENCE_NUMBER;
    this.#received = 1;
    this.#expectedPrior = 0;
    this.#receivedPrior = 0;
    this.#lastTimestamp = timestamp;
    this.#lastArrival = arrival;
  }

  /** J += (|D| - J) / 16, with D the difference in spacing at receiver and sender, of packets in order of arrival. */
  #updateJitter(timestamp: number, arrival: number): void {
    const arrivalTicks = ((arrival - this.#lastArrival) * this.#clockRate) / 1000;
    const deviation = Math.abs(arrivalTicks - timestampDistance(this.#lastTimestamp, timestamp));
    this.#jitter += (deviation - this.#jitter) * JITTER_GAIN;
    this.#lastTimestamp = timestamp;
    this.#lastArrival = arrival;
  }

  #delaySinceLastSenderReport(now: number): number {
    if (this.#lastSenderReport === 0) return 0;
    const delay = Math.round(((now - this.#lastSenderReportArrival) * DELAY_UNITS_PER_SECOND) / 1000);
    return Math.max(0, Math.min(delay, MAX_UINT32));
  }
}
