/** Who of a room's publishers speaks when. */

/** How long each turn lasts, ms. */
export const TURN_MS = 3_000;
/** -dBov of who speaks, at its loudest; syllables rise and fall by SYLLABLE_RANGE. */
const SPEECH_LEVEL = 18;
const SYLLABLE_RANGE = 12;
const SYLLABLE_MS = 60;
/** -dBov of a microphone in a quiet room. */
const NOISE_LEVEL = 72;
const NOISE_RANGE = 5;

/** Publishers speak by turns, some at a time; the others' microphones are open. */
export interface Talk {
  readonly publishers: number;
  /** How many speak at a time. */
  readonly speakers: number;
}

/**
 * @param place of the publisher in its room, from 0
 * @param now ms, by one clock for all
 */
export function isSpeaking({ publishers, speakers }: Talk, place: number, now: number): boolean {
  const turns = Math.ceil(publishers / speakers);
  return place % turns === Math.floor(now / TURN_MS) % turns;
}

/** @returns the audio level of what a publisher sends now, RFC 6464: 0 (loudest) to 127 */
export function levelAt(talk: Talk, place: number, now: number): number {
  const tick = Math.floor(now / SYLLABLE_MS) + place;
  return isSpeaking(talk, place, now)
    ? SPEECH_LEVEL + (tick % SYLLABLE_RANGE)
    : NOISE_LEVEL + (tick % NOISE_RANGE);
}
