import { beforeAll, describe, expect, test } from 'vitest';
import { type Hearing, hear, isWhole, judgeAll, type Verdict } from './judge.js';
import { millisecondsOf, type Publisher, recordScene } from './scene.js';
import { LEVELS, packetsOf, type Source } from './stream.js';

/** Real voices, and rooms of which each stands for several: whoever is there sends the same noise. */
const TEXTS = 4;
const ROOMS = 5;
const OTHERS = 38;
/** ms after which a speaker has to be marked. */
const SOON = 300;
/** Share of the time of speech. */
const NEARLY_ALWAYS = 0.95;
/** ms; encoding takes one or two seconds of a machine that does nothing else. */
const SETUP_TIMEOUT = 60_000;

const SILK: Source = {
  name: 'SILK and hybrid',
  tellsLevels: false,
  opus: { application: 'voip', bitrate: 24_000 },
};
const CELT: Source = {
  name: 'CELT at a constant bitrate',
  tellsLevels: false,
  opus: { application: 'audio', bitrate: 64_000, variable: 0 },
};

let publishers: Publisher[];
let duration: number;
beforeAll(() => {
  const scene = recordScene(TEXTS, ROOMS);
  const listeners = scene.filter(({ utterances }) => utterances.length === 0);
  const others = Array.from({ length: OTHERS }, (_, i) => listeners[i % ROOMS]).filter(
    (one) => one !== undefined,
  );
  publishers = [...scene.filter(({ utterances }) => utterances.length > 0), ...others];
  duration = Math.floor(millisecondsOf(publishers[0]?.sound.length ?? 0));
}, SETUP_TIMEOUT);

/** Has a room of 40 heard. Who sends the same is heard once. */
function verdictOf(source: Source): Verdict {
  const heard = new Map<Publisher, Hearing>();
  const hearings = publishers.map((publisher) => {
    const hearing = heard.get(publisher) ?? hear(packetsOf(publisher.sound, source), duration);
    heard.set(publisher, hearing);
    return hearing;
  });
  return judgeAll(publishers, hearings);
}

describe.each([LEVELS, SILK, CELT])('in a room of 40 that sends $name', (source) => {
  let verdict: Verdict;
  beforeAll(() => {
    verdict = verdictOf(source);
  }, SETUP_TIMEOUT);

  test('each utterance of two voices is noticed within 300 ms, soon enough to be forwarded whole', () => {
    expect(verdict.findings).toHaveLength(TEXTS);
    for (const { delay } of verdict.findings) expect(delay ?? Number.POSITIVE_INFINITY).toBeLessThan(SOON);
    expect(verdict.findings.every(isWhole)).toBe(true);
  });

  test('none of them is broken off by the pauses in it', () => {
    expect(verdict.findings.map(({ flaps }) => flaps)).toEqual(verdict.findings.map(() => 0));
  });

  test('each is over within a second of its end', () => {
    for (const { lingering } of verdict.findings) expect(lingering).toBeLessThan(1_000);
  });

  test('nobody else counts as speaking once their noise is known, and speakers rank above them', () => {
    expect(verdict.wrongLater).toEqual([]);
    expect(verdict.ranked).toBeGreaterThan(NEARLY_ALWAYS);
  });
});

test('libopus at a constant bitrate shows no speech where it looks for no pitch', () => {
  const [speaker] = publishers;
  if (speaker === undefined) throw new Error('nobody speaks');
  const { opus } = CELT;
  const packets = packetsOf(speaker.sound, { ...CELT, opus: { ...opus, complexity: 4 } });
  expect(hear(packets, duration).stretches).toEqual([]);
});
