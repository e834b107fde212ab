/**
 * Whether somebody speaks, from the audio level that comes with each packet (RFC 6464), or where none comes, from what
 * Opus packets tell without being decoded (opus-activity.ts). The levels are smoothed, compared with two thresholds, and
 * the thresholds keep above the noise floor, which is the least smoothed level of the last seconds. That is the idea of
 * minimum statistics (R. Martin, "Noise Power Spectral Density Estimation Based on Optimal Smoothing and Minimum
 * Statistics", IEEE Trans. Speech and Audio Processing 9(5), 2001) on one band: speech has pauses, and noise has none.
 *
 * Levels are in dBov: 0 is the loudest that there is, -127 digital silence.
 */

import { OpusActivity } from './opus-activity.js';
import { SILENT_SCORE, SpeechActivity } from './speech-activity.js';

/** Whatever is quieter counts as this quiet. */
export const QUIETEST_LEVEL = -80;
/** Speech begins above the first of these levels, and ends below the second. */
export const ATTACK_LEVEL = -50;
export const RELEASE_LEVEL = -56;
/** In noise both are so far above the floor, dB. */
export const ATTACK_MARGIN = 12;
export const RELEASE_MARGIN = 8;
/** Time constants of the smoothing, ms: upwards fast, that no syllable is missed, and downwards slowly. */
const RISE_TIME = 50;
const FALL_TIME = 100;
/** Milliseconds of loud packets after which somebody speaks: a click is shorter. */
export const ATTACK_DURATION = 60;
/** Milliseconds without any after which nobody does any longer: pauses between words are shorter. */
export const RELEASE_DURATION = 350;
/** Milliseconds; the floor is the least level of the last one to two of these. What lasts longer is noise. */
export const FLOOR_WINDOW = 3_000;
/** Milliseconds without packets after which the sender is taken to be silent: discontinuous transmission. */
export const PACKET_TIMEOUT = 300;
/** Milliseconds since the last level that a sender told, after which packets without one are estimated. */
export const LEVEL_TIMEOUT = 250;
/** The longest packet of Opus, ms (RFC 7587 section 4.2). What was sent later than that after another is as long as most. */
const MAX_PACKET_DURATION = 120;
const USUAL_PACKET_DURATION = 20;
/** RTP clock of Opus, ticks per millisecond: RFC 7587 section 4.1. */
const TICKS_PER_MILLISECOND = 48;
/** A packet that is older by less, ticks, was overtaken; by more, the timestamps have begun anew. */
const MAX_OVERTAKEN = 1_000 * TICKS_PER_MILLISECOND;

/** The octet of RFC 6464 section 3: voice activity and level, in -dBov. */
const VOICE_BIT = 0x80;
const LEVEL_MASK = 0x7f;

/** Of one stream. Takes every packet and allocates nothing. */
export class SpeechDetector {
  #level = QUIETEST_LEVEL;
  /** Least levels of the window that is under way and of the one before. */
  #minimum = QUIETEST_LEVEL;
  #earlierMinimum = QUIETEST_LEVEL;
  /** Of the window that is under way, ms. */
  #windowElapsed = 0;
  /** Whether the sender sets the voice bit at all: many leave it 0. */
  #marksVoice = false;
  #speaking = false;
  /** Milliseconds of loud packets without a break. */
  #loudFor = 0;
  /** When the smoothed level was last that of speech, ms. */
  #loudAt = Number.NEGATIVE_INFINITY;
  /** When the last packet came, ms. */
  #heardAt = Number.NEGATIVE_INFINITY;
  /** Until when silence has been counted since, ms. */
  #silentUntil = 0;
  readonly #activity = new SpeechActivity();
  /** When the sender last told a level, ms. */
  #toldAt = Number.NEGATIVE_INFINITY;
  /** Made for the first packet without a level. */
  #opus: OpusActivity | null = null;
  /** Of the newest packet. */
  #timestamp = 0;

  get speaking(): boolean {
    return this.#speaking;
  }

  /** The smoothed level, QUIETEST_LEVEL to 0 dBov: how loud the stream is now. */
  get level(): number {
    return this.#level;
  }

  /** Whether the stream has shown that it tells speech from other sound; one that has not may be speech all the time. */
  get isTelling(): boolean {
    return this.#toldAt !== Number.NEGATIVE_INFINITY || (this.#opus?.isTelling ?? false);
  }

  /** How dominant a speaker this is: an integer, which is higher for who speaks more and has for longer. */
  get score(): number {
    return this.#activity.score;
  }

  /** What noise there is, dBov. */
  get floor(): number {
    return Math.min(this.#minimum, this.#earlierMinimum);
  }

  /**
   * Takes the level of one packet.
   * @param octet as it stands in the header extension
   * @param timestamp of the packet, int32
   * @param now ms
   * @returns whether {@link speaking} has changed
   */
  hear(octet: number, timestamp: number, now: number): boolean {
    this.#toldAt = now;
    const voice = (octet & VOICE_BIT) !== 0;
    if (voice) this.#marksVoice = true;
    return this.#take(octet & LEVEL_MASK, voice || !this.#marksVoice, timestamp, now);
  }

  /**
   * Takes a packet that has no level. Where others of the stream have one, it counts as lost; one without any payload
   * does so anyway.
   * @param offset of the Opus packet
   * @param length octets
   * @param timestamp of the packet, int32
   * @param now ms
   * @returns whether {@link speaking} has changed
   */
  hearPayload(bytes: Uint8Array, offset: number, length: number, timestamp: number, now: number): boolean {
    if (length < 1 || now - this.#toldAt < LEVEL_TIMEOUT) return false;
    this.#opus ??= new OpusActivity();
    const octet = this.#opus.levelOf(bytes, offset, length);
    return this.#take(octet & LEVEL_MASK, (octet & VOICE_BIT) !== 0, timestamp, now);
  }

  /**
   * Sees whether speech has ended, also when no packets come any longer.
   * @param now ms
   * @returns whether {@link speaking} has changed
   */
  tick(now: number): boolean {
    if (now - this.#heardAt >= PACKET_TIMEOUT) {
      this.#level = QUIETEST_LEVEL;
      this.#loudFor = 0;
      if (this.#activity.score !== SILENT_SCORE) this.#activity.count(0, now - this.#silentUntil);
      this.#silentUntil = now;
    }
    if (!this.#speaking || now - this.#loudAt < RELEASE_DURATION) return false;
    this.#speaking = false;
    this.#loudFor = 0;
    return true;
  }

  /** When {@link tick} has something to do unless another packet comes, ms; infinite when all is silent already. */
  get dueAt(): number {
    const isSettled =
      this.#level === QUIETEST_LEVEL && this.#loudFor === 0 && this.#activity.score === SILENT_SCORE;
    const silentAt = isSettled ? Number.POSITIVE_INFINITY : this.#heardAt + PACKET_TIMEOUT;
    return this.#speaking ? Math.min(silentAt, this.#loudAt + RELEASE_DURATION) : silentAt;
  }

  /** @param attenuation -dBov */
  #take(attenuation: number, voice: boolean, timestamp: number, now: number): boolean {
    const ticks = (timestamp - this.#timestamp) | 0;
    const isFirst = this.#heardAt === Number.NEGATIVE_INFINITY;
    if (ticks <= 0 && ticks > -MAX_OVERTAKEN && !isFirst) return false;
    const sinceLast = (ticks / TICKS_PER_MILLISECOND) | 0;
    const isNext = !isFirst && sinceLast >= 0 && sinceLast <= MAX_PACKET_DURATION;
    const elapsed = isNext ? sinceLast : USUAL_PACKET_DURATION;
    this.#timestamp = timestamp;
    this.#heardAt = now;
    this.#silentUntil = now;
    const level = Math.max(-attenuation, QUIETEST_LEVEL);
    this.#smooth(level, elapsed);
    this.#followFloor(elapsed);
    return this.#decide(level, voice, elapsed, now);
  }

  /** A first-order low pass; the step is that of the backward Euler method. */
  #smooth(level: number, elapsed: number): void {
    const difference = level - this.#level;
    const time = difference > 0 ? RISE_TIME : FALL_TIME;
    this.#level += (difference * elapsed) / (time + elapsed);
  }

  #followFloor(elapsed: number): void {
    if (this.#level < this.#minimum) this.#minimum = this.#level;
    this.#windowElapsed += elapsed;
    if (this.#windowElapsed < FLOOR_WINDOW) return;
    this.#windowElapsed = 0;
    this.#earlierMinimum = this.#minimum;
    this.#minimum = this.#level;
  }

  #decide(level: number, voice: boolean, elapsed: number, now: number): boolean {
    // Not by the getter, and whole below: what is no small integer V8 boxes for whoever it calls and does not inline.
    const floor = Math.min(this.#minimum, this.#earlierMinimum);
    const excess = this.#level - Math.max(RELEASE_LEVEL, floor + RELEASE_MARGIN);
    if (voice && excess >= 0) this.#loudAt = now;
    this.#activity.count(voice ? Math.ceil(excess) | 0 : 0, elapsed);
    if (this.#speaking) return false;
    const threshold = Math.max(ATTACK_LEVEL, floor + ATTACK_MARGIN);
    if (this.#level < threshold) this.#loudFor = 0;
    else if (voice && level >= threshold) this.#loudFor += elapsed;
    if (this.#loudFor < ATTACK_DURATION) return false;
    this.#speaking = true;
    return true;
  }
}
