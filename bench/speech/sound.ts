/** Recordings: one channel of samples, of which 1 is full scale. */

/** @returns numbers from 0 to 1 */
export type Random = () => number;

/** Hz */
export const SAMPLE_RATE = 48_000;
/** Samples of 20 ms, for which levels are taken. */
export const FRAME = SAMPLE_RATE / 50;
const SILENCE = -127;
/** dB below the level of active speech from which on it counts as speech: ITU-T P.56. */
const ACTIVE_MARGIN = 15.9;

/** @returns the level of 20 ms, dBov as in RFC 6464: 0 is that of a square wave of full scale */
export function levelAt(sound: Float32Array, start: number): number {
  let energy = 0;
  for (let i = start; i < start + FRAME; i++) energy += (sound[i] ?? 0) ** 2;
  return Math.max(SILENCE, 10 * Math.log10(energy / FRAME));
}

/** Makes speech as loud as wanted. @param level dBov, of the parts that are speech */
export function adjust(sound: Float32Array, level: number): Float32Array {
  const gain = 10 ** ((level - activeLevel(sound)) / 20);
  return sound.map((sample) => sample * gain);
}

/** The level of the parts that are speech, found by narrowing it down. @returns dBov */
function activeLevel(sound: Float32Array): number {
  const levels: number[] = [];
  for (let start = 0; start + FRAME <= sound.length; start += FRAME) levels.push(levelAt(sound, start));
  let active = SILENCE;
  for (let round = 0; round < 8; round++) {
    const loud = levels.filter((level) => level > active - ACTIVE_MARGIN);
    active = 10 * Math.log10(loud.reduce((sum, level) => sum + 10 ** (level / 10), 0) / loud.length);
  }
  return active;
}

/** @returns whether 20 ms of speech of that active level are speech */
export function isActive(level: number, active: number): boolean {
  return level > active - ACTIVE_MARGIN;
}

export type NoiseColour = 'white' | 'room' | 'fan';

/** How much of each sample is in the next one. */
const COLOURS: Readonly<Record<NoiseColour, number>> = { white: 0, room: 0.9, fan: 0.97 };

/** Noise that goes on and on. @param level dBov */
export function noise(length: number, level: number, colour: NoiseColour, random: Random): Float32Array {
  const memory = COLOURS[colour];
  const scale = 10 ** (level / 20) * Math.sqrt(1 - memory ** 2);
  let state = 0;
  return Float32Array.from({ length }, () => {
    state = memory * state + normal(random);
    return scale * state;
  });
}

/** Samples of a click, and how fast it dies away. */
const CLICK_LENGTH = SAMPLE_RATE / 50;
const CLICK_DECAY = SAMPLE_RATE / 250;

/** Adds the clicks of a keyboard. @param level dBov, of the first samples; @param perSecond on average */
export function addClicks(sound: Float32Array, level: number, perSecond: number, random: Random): void {
  const scale = 10 ** (level / 20);
  let start = 0;
  for (;;) {
    start += Math.ceil((-Math.log(1 - random()) * SAMPLE_RATE) / perSecond);
    if (start + CLICK_LENGTH > sound.length) return;
    for (let i = 0; i < CLICK_LENGTH; i++) {
      sound[start + i] = (sound[start + i] ?? 0) + scale * Math.exp(-i / CLICK_DECAY) * normal(random);
    }
  }
}

/** Adds what a fan or the mains hum. @param level dBov */
export function addHum(sound: Float32Array, level: number, frequency: number): void {
  const scale = 10 ** (level / 20);
  for (let i = 0; i < sound.length; i++) {
    const phase = (2 * Math.PI * frequency * i) / SAMPLE_RATE;
    const hum = Math.sin(phase) + 0.5 * Math.sin(2 * phase) + 0.3 * Math.sin(3 * phase);
    sound[i] = (sound[i] ?? 0) + scale * 1.2 * hum;
  }
}

/** A normal deviate, near enough: the sum of six even ones. */
function normal(random: Random): number {
  let sum = -3;
  for (let i = 0; i < 6; i++) sum += random();
  return sum * Math.SQRT2;
}
