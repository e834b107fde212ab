import { randomOf } from '@kraken/load/random';
import {
  addClicks,
  addHum,
  adjust,
  FRAME,
  isActive,
  levelAt,
  type NoiseColour,
  noise,
  type Random,
  SAMPLE_RATE,
} from './sound.js';
import { speak } from './voices.js';

/** Milliseconds before anybody says anything, and between two who take turns. */
const LEAD = 8_000;
const GAP = 1_200;
/** Each third utterance begins before the one before it has ended, by so many ms. */
const OVERLAP = 400;
const OVERLAPPING = 3;
const TAIL = 3_000;
const SEED = 6;

/** Two who speak: voices of espeak-ng, how loud, and how loud it is around them, dBov. */
const SPEAKERS = [
  { voice: 'en-gb', level: -22, floor: -66, colour: 'room' },
  { voice: 'en-us+f3', level: -30, floor: -58, colour: 'fan' },
] as const;

const TEXTS = [
  'Good morning everybody. Shall we begin, or is anyone still missing?',
  'I think that Susan wanted to come, but she may be late.',
  'Then let us look at the figures of last week first.',
  'They were better than expected, although not by much.',
  'Why?',
  'Because the bridge was closed for three days, and half of the trucks had to take the long way around.',
  'So next week should be normal again.',
  'Yes. Unless it rains.',
  'Fine. Who takes the notes today?',
  'It is my turn, I suppose.',
  'Thank you. The second point is the new office.',
  'We have seen two houses, and one of them has a garden.',
] as const;

/** Where the others are: quiet rooms with noise suppression up to loud ones, dBov. */
const QUIETEST_FLOOR = -85;
const LOUDEST_FLOOR = -45;
const COLOURS: readonly NoiseColour[] = ['white', 'room', 'fan'];
/** One in so many types, and one in so many sits beside something that hums. */
const TYPISTS = 6;
const HUMMING = 7;
const CLICK_LEVEL = -25;
const CLICKS_PER_SECOND = 5;
const MAINS = 100;

/** When somebody speaks, ms: from the first to the last 20 ms that are speech. */
export interface Utterance {
  readonly onset: number;
  readonly end: number;
}

export interface Publisher {
  readonly name: string;
  readonly sound: Float32Array;
  /** Empty for who only listens. */
  readonly utterances: readonly Utterance[];
}

/**
 * Records a room: two speak in turn and now and then at once, all others keep silent.
 * @param texts how many are spoken, at most 12
 * @param others how many keep silent
 */
export function recordScene(texts: number, others: number): Publisher[] {
  const random = randomOf(SEED);
  const spoken = TEXTS.slice(0, texts).map((text, turn) => {
    const speaker = SPEAKERS[turn % SPEAKERS.length] ?? SPEAKERS[0];
    return { speaker, sound: adjust(speak(speaker.voice, text), speaker.level) };
  });
  let at = LEAD;
  const turns = spoken.map(({ speaker, sound }, turn) => {
    if (turn > 0) at += turn % OVERLAPPING === 0 ? -OVERLAP : GAP;
    const start = at;
    at += millisecondsOf(sound.length);
    return { speaker, sound, start };
  });
  const length = samplesOf(at + TAIL);
  const speakers = SPEAKERS.map((speaker): Publisher => {
    const sound = noise(length, speaker.floor, speaker.colour, random);
    const own = turns.filter((turn) => turn.speaker === speaker);
    for (const turn of own) mix(sound, turn.sound, samplesOf(turn.start));
    const utterances = own.map((turn) => utteranceOf(turn.sound, turn.start, speaker.level));
    return { name: speaker.voice, sound, utterances };
  });
  return [
    ...speakers,
    ...Array.from({ length: others }, (_, i) => recordListener(i, others, length, random)),
  ];
}

function recordListener(i: number, of: number, length: number, random: Random): Publisher {
  const floor = QUIETEST_FLOOR + ((LOUDEST_FLOOR - QUIETEST_FLOOR) * i) / Math.max(1, of - 1);
  const colour = COLOURS[i % COLOURS.length] ?? 'white';
  const types = i % TYPISTS === TYPISTS - 1;
  const hums = i % HUMMING === HUMMING - 1;
  const sound = noise(length, floor, colour, random);
  if (types) addClicks(sound, CLICK_LEVEL, CLICKS_PER_SECOND, random);
  if (hums) addHum(sound, floor, MAINS);
  const name = `${colour} noise of ${Math.round(floor)} dBov${types ? ', keyboard' : ''}${hums ? ', hum' : ''}`;
  return { name, sound, utterances: [] };
}

function utteranceOf(sound: Float32Array, start: number, active: number): Utterance {
  const frames = Array.from({ length: Math.floor(sound.length / FRAME) }, (_, i) =>
    isActive(levelAt(sound, i * FRAME), active),
  );
  const frame = millisecondsOf(FRAME);
  return { onset: start + frames.indexOf(true) * frame, end: start + (frames.lastIndexOf(true) + 1) * frame };
}

function mix(sound: Float32Array, added: Float32Array, start: number): void {
  for (let i = 0; i < added.length; i++) sound[start + i] = (sound[start + i] ?? 0) + (added[i] ?? 0);
}

export function samplesOf(milliseconds: number): number {
  return Math.round((milliseconds * SAMPLE_RATE) / 1_000);
}

export function millisecondsOf(samples: number): number {
  return (samples * 1_000) / SAMPLE_RATE;
}
