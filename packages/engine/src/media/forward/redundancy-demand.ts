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

/** Whether one subscriber is to get redundancy, by what its receiver reports and requests say of its downlink. */
export class RedundancyDemand {
  #wanted = false;
  /** The loss for which redundancy began. */
  #lossBefore = 0;
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
   * @param now ms
   * @returns whether `wanted` has changed
   */
  endReport(now: number): boolean {
    const expected = this.#expected;
    if (expected < MIN_REPORTED_PACKETS) return false;
    const loss = Math.min(Math.max(this.#lost, this.#requested) / expected, 1);
    this.#expected = 0;
    this.#lost = 0;
    this.#requested = 0;
    return this.#wanted ? this.#judgeEnd(loss, now) : this.#judgeBegin(loss, now);
  }

  #judgeBegin(loss: number, now: number): boolean {
    if (loss <= REDUNDANCY_ON_LOSS || now < this.#refusedUntil) return false;
    this.#wanted = true;
    this.#lossBefore = loss;
    this.#lowSince = Number.POSITIVE_INFINITY;
    return true;
  }

  #judgeEnd(loss: number, now: number): boolean {
    if (loss > this.#lossBefore + HARMFUL_INCREASE) {
      this.#wanted = false;
      this.#refusedUntil = now + HARMFUL_PAUSE;
      return true;
    }
    if (loss >= REDUNDANCY_OFF_LOSS) {
      this.#lowSince = Number.POSITIVE_INFINITY;
      return false;
    }
    this.#lowSince = Math.min(this.#lowSince, now);
    this.#wanted = now - this.#lowSince < REDUNDANCY_OFF_TIME;
    return !this.#wanted;
  }
}
