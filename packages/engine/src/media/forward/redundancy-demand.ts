/** Share of packets lost in one report above which a subscriber gets redundancy. */
export const REDUNDANCY_ON_LOSS = 0.05;
/** Share below which it needs none, and the milliseconds for which all reports have to say so. */
export const REDUNDANCY_OFF_LOSS = 0.01;
export const REDUNDANCY_OFF_TIME = 15_000;
/** Packets that a report has to be about: of fewer, a single one that is lost says nothing of the path. */
export const MIN_REPORTED_PACKETS = 25;
/**
 * Share by which loss may grow under redundancy. Where it is the bottleneck that drops packets, larger ones make it
 * worse: then redundancy ends, for this many milliseconds at least.
 */
export const HARMFUL_INCREASE = 0.1;
export const HARMFUL_PAUSE = 60_000;
/**
 * With a round trip longer than this, ms, packets wait in a queue before they are dropped, and less suffices: growth by this
 * share, of what reports alone say. What was asked for again may be much at first and fall, however many are dropped.
 */
export const QUEUEING_ROUND_TRIP = 300;
export const QUEUEING_INCREASE = 0.05;

/** Whether one subscriber is to get redundancy, by what its receiver reports and requests say of its downlink. */
export class RedundancyDemand {
  #wanted = false;
  /** The loss for which redundancy began. */
  #lossBefore = 0;
  /** Of that, what was reported. */
  #reportedBefore = 0;
  /** Since when loss has been low, ms; infinite while it is not. */
  #lowSince = Number.POSITIVE_INFINITY;
  #refusedUntil = Number.NEGATIVE_INFINITY;
  /** Sums over the blocks of one report. */
  #expected = 0;
  #lost = 0;
  /** Packets that it has asked for since the last report. */
  #requested = 0;

  get wanted(): boolean {
    return this.#wanted;
  }

  /**
   * Takes one block of a report.
   * @param fractionLost 0 to 1
   * @param expected packets of the stream since its block before
   */
  addBlock(fractionLost: number, expected: number): void {
    this.#expected += expected;
    this.#lost += fractionLost * expected;
  }

  /**
   * The subscriber has asked for packets again. They were lost as well, though reports will not say so if they came then.
   * @param packets how many
   */
  addRequested(packets: number): void {
    this.#requested += packets;
  }

  /**
   * The report is complete.
   * @param roundTrip ms; 0 while it is not known
   * @param now ms
   * @returns whether `wanted` has changed
   */
  endReport(roundTrip: number, now: number): boolean {
    const expected = this.#expected;
    if (expected < MIN_REPORTED_PACKETS) return false;
    const reported = Math.min(this.#lost / expected, 1);
    const loss = Math.max(reported, Math.min(this.#requested / expected, 1));
    this.#expected = 0;
    this.#lost = 0;
    this.#requested = 0;
    if (!this.#wanted) return this.#judgeBegin(loss, reported, now);
    const isWorse =
      loss > this.#lossBefore + HARMFUL_INCREASE ||
      (roundTrip > QUEUEING_ROUND_TRIP && reported > this.#reportedBefore + QUEUEING_INCREASE);
    return isWorse ? this.#refuse(now) : this.#judgeEnd(loss, now);
  }

  #judgeBegin(loss: number, reported: number, now: number): boolean {
    if (loss <= REDUNDANCY_ON_LOSS || now < this.#refusedUntil) return false;
    this.#wanted = true;
    this.#lossBefore = loss;
    this.#reportedBefore = reported;
    this.#lowSince = Number.POSITIVE_INFINITY;
    return true;
  }

  #refuse(now: number): boolean {
    this.#wanted = false;
    this.#refusedUntil = now + HARMFUL_PAUSE;
    return true;
  }

  #judgeEnd(loss: number, now: number): boolean {
    if (loss >= REDUNDANCY_OFF_LOSS) {
      this.#lowSince = Number.POSITIVE_INFINITY;
      return false;
    }
    this.#lowSince = Math.min(this.#lowSince, now);
    this.#wanted = now - this.#lowSince < REDUNDANCY_OFF_TIME;
    return !this.#wanted;
  }
}
