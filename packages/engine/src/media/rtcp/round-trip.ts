import { NTP_MIDDLE_UNITS_PER_SECOND } from './ntp.js';

/** No round-trip time follows from the report. */
export const ROUND_TRIP_UNKNOWN = -1;
/** A longer round trip than this, ms, is taken for nonsense: no call lives through it. */
export const MAX_ROUND_TRIP = 60_000;
/**
 * How many sender reports of a publication are remembered. Receivers answer within their report interval,
 * about 5 s and at most one and a half times that (RFC 3550 section 6.2), senders report as often.
 */
export const REMEMBERED_SENDER_REPORTS = 4;

/** Both times have been cut or rounded to 1/65536 s and ms: so much below zero, ms, is no contradiction. */
const ROUNDING_TOLERANCE = 1;

/**
 * Round-trip times over sender reports that were forwarded. They carry the publisher's NTP time, so the LSR that
 * comes back is by the publisher's clock and tells this engine only which report is meant; when that one was
 * sent has to be remembered here. One for each publication, for it goes to all subscribers at once.
 */
export class ForwardedSenderReports {
  readonly #ntpMiddles = new Uint32Array(REMEMBERED_SENDER_REPORTS);
  readonly #sentAt = new Float64Array(REMEMBERED_SENDER_REPORTS);
  #next = 0;

  /**
   * @param ntpMiddle middle 32 bits of the NTP timestamp in the report
   * @param now when it is forwarded, ms
   */
  remember(ntpMiddle: number, now: number): void {
    this.#ntpMiddles[this.#next] = ntpMiddle;
    this.#sentAt[this.#next] = now;
    this.#next = (this.#next + 1) % REMEMBERED_SENDER_REPORTS;
  }

  /**
   * The time since the report went out, less what the receiver held it for: A - LSR - DLSR of RFC 3550 section
   * 6.4.1.
   *
   * @param lastSenderReport LSR of the report block, 0: the receiver had no sender report yet
   * @param delaySinceLastSenderReport DLSR of the report block, in 1/65536 s
   * @param now when the block arrived, ms, by the clock of {@link remember}
   * @returns ms, or {@link ROUND_TRIP_UNKNOWN} when the report does not tell, or tells nonsense
   */
  roundTripTime(lastSenderReport: number, delaySinceLastSenderReport: number, now: number): number {
    if (lastSenderReport === 0) return ROUND_TRIP_UNKNOWN;
    const index = this.#ntpMiddles.indexOf(lastSenderReport);
    const sentAt = this.#sentAt[index];
    if (sentAt === undefined) return ROUND_TRIP_UNKNOWN;
    return plausible(now - sentAt, delaySinceLastSenderReport);
  }
}

/** @param elapsed ms from sending the sender report to receiving the block that answers it */
function plausible(elapsed: number, delaySinceLastSenderReport: number): number {
  const roundTrip = elapsed - (delaySinceLastSenderReport * 1000) / NTP_MIDDLE_UNITS_PER_SECOND;
  if (roundTrip < -ROUNDING_TOLERANCE || roundTrip > MAX_ROUND_TRIP) return ROUND_TRIP_UNKNOWN;
  return Math.max(roundTrip, 0);
}
