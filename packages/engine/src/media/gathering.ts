/**
 * How long the worker lets datagrams gather behind the first one before it receives them.
 *
 * A wake-up costs as much as ten packets out, and packets that leave together for one destination cost less than on
 * their own (UDP_SEGMENT); both are won by receiving several datagrams at once. In small rooms there is nothing to wait
 * for. Where very many come of which few are forwarded, as from the open microphones of a large room, the wake-ups are the
 * cost: there is a least wait, which bounds their number. Behind a full batch there is none, so that a busy worker rests only
 * when it has caught up. No packet waits here for longer than MAX_GATHERING. One that another worker hands over has gathered
 * there: it starts no wait, but it may come while one is under way.
 */

/** Microseconds. With the timer's slack of 50 µs (prctl(2), PR_SET_TIMERSLACK) a packet waits for less than 1 ms. */
export const MAX_GATHERING = 900;
/** The least wait, microseconds, however many datagrams come: it bounds how often the worker is woken. */
export const MIN_GATHERING = 600;
/** Datagrams to gather behind the first. */
const GATHERED_DATAGRAMS = 2;
/** Datagrams that have to be expected within MAX_GATHERING to make the second wake-up worth its while. */
const MIN_EXPECTED_DATAGRAMS = 0.8;
/**
 * Packets out that have to be expected to leave with another one for the same destination. Each saves about half of
 * itself, so this many pay for the second wake-up: in a large room the fewest datagrams do.
 */
const MIN_EXPECTED_PACKETS = 20;

export class Gathering {
  /** Microseconds to wait, 0 for not at all. */
  duration = 0;
  #datagrams = 0;
  #packets = 0;
  #measuredAt: number;

  /** @param now ms */
  constructor(now: number) {
    this.#measuredAt = now;
  }

  /** Counts datagrams that were received, from participants and from other workers. */
  count(datagrams: number): void {
    this.#datagrams += datagrams;
  }

  /**
   * Adapts the duration to the rate of datagrams since the last call; to be called several times a second.
   * @param packets sent since the worker started
   * @param now ms
   */
  adapt(packets: number, now: number): void {
    const elapsed = now - this.#measuredAt;
    if (elapsed <= 0) return;
    const microseconds = elapsed * 1000;
    this.duration = durationFor(this.#datagrams / microseconds, (packets - this.#packets) / microseconds);
    this.#datagrams = 0;
    this.#packets = packets;
    this.#measuredAt = now;
  }
}

/**
 * @param rate datagrams per microsecond
 * @param packetRate packets out per microsecond
 */
function durationFor(rate: number, packetRate: number): number {
  const isLargeRoom = packetRate * MAX_GATHERING >= MIN_EXPECTED_PACKETS;
  if (rate * MAX_GATHERING < MIN_EXPECTED_DATAGRAMS && !isLargeRoom) return 0;
  return Math.max(MIN_GATHERING, Math.min(MAX_GATHERING, Math.round(GATHERED_DATAGRAMS / rate)));
}
