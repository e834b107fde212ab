import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import {
  type Claim,
  DOMINANCE_MARGIN,
  HOLD_TIME,
  MINIMUM_SEAT_TIME,
  NO_CLAIM,
  Seats,
  SPEECH_CLAIM,
  UNTOLD_CLAIM,
  UNTOLD_TURN,
} from './seats.js';

const TICK = 50;

class Speaker {
  claim: Claim = NO_CLAIM;
  score = 0;
  constructor(readonly name: string) {}
}

let now = 0;
let seats: Seats<Speaker>;
beforeEach(() => {
  now = 1_000;
  seats = new Seats();
});

function speakers(count: number): Speaker[] {
  return Array.from({ length: count }, (_, i) => new Speaker(String.fromCharCode(97 + i)));
}

function pass(milliseconds: number): void {
  for (let elapsed = 0; elapsed < milliseconds; elapsed += TICK) {
    now += TICK;
    seats.tick(now);
  }
}

function claim(speaker: Speaker | undefined, value: Claim, score = 0): void {
  if (speaker === undefined) throw new Error('there is no such speaker');
  speaker.claim = value;
  speaker.score = score;
  seats.hear(speaker, now);
}

function seated(): string {
  return Array.from({ length: seats.count }, (_, i) => seats.holder(i)?.name ?? '-').join('');
}

describe('who begins to speak gets', () => {
  test('a free seat, and keeps it behind the end of speech till the hold time is over', () => {
    const [a] = speakers(1);
    seats.resize(2, now);
    claim(a, SPEECH_CLAIM);
    expect(seated()).toBe('a-');
    claim(a, NO_CLAIM);
    pass(HOLD_TIME - TICK);
    expect(seated()).toBe('a-');
    pass(TICK);
    expect(seated()).toBe('--');
  });

  test('or else the seat of who ceased longest ago', () => {
    const [a, b, c, d] = speakers(4);
    seats.resize(2, now);
    for (const speaker of [a, b]) claim(speaker, SPEECH_CLAIM);
    claim(b, NO_CLAIM);
    pass(TICK);
    claim(a, NO_CLAIM);
    claim(c, SPEECH_CLAIM);
    expect(seated()).toBe('ac');
    claim(d, SPEECH_CLAIM);
    expect(seated()).toBe('dc');
  });

  test('or else that of one who is clearly less dominant and has had it for a while', () => {
    const [a, b, c] = speakers(3);
    seats.resize(2, now);
    claim(a, SPEECH_CLAIM, 1_000);
    claim(b, SPEECH_CLAIM, 2_000);
    claim(c, SPEECH_CLAIM, 2_000 + DOMINANCE_MARGIN);
    pass(MINIMUM_SEAT_TIME - TICK);
    expect(seated()).toBe('ab');
    pass(TICK);
    expect(seated()).toBe('cb');
  });

  test('none of those who are less dominant by less, and the next one that becomes free', () => {
    const [a, b, c] = speakers(3);
    seats.resize(1, now);
    claim(a, SPEECH_CLAIM, 1_000);
    claim(b, SPEECH_CLAIM, 1_100);
    claim(c, SPEECH_CLAIM, 900 + DOMINANCE_MARGIN);
    pass(10 * MINIMUM_SEAT_TIME);
    expect(seated()).toBe('a');
    claim(a, NO_CLAIM);
    expect(seated()).toBe('c');
    if (c !== undefined) seats.remove(c);
    pass(TICK);
    expect(seated()).toBe('b');
  });

  test('none for a word that is louder, when its score falls again', () => {
    const [a, b] = speakers(2);
    seats.resize(1, now);
    claim(a, SPEECH_CLAIM, 2_000);
    pass(MINIMUM_SEAT_TIME);
    claim(b, SPEECH_CLAIM, 0);
    if (b !== undefined) b.score = 2_000 + DOMINANCE_MARGIN;
    pass(2 * TICK);
    if (b !== undefined) b.score = 1_000;
    pass(MINIMUM_SEAT_TIME);
    expect(seated()).toBe('a');
  });
});

test('who speaks moves to a free seat where more hear them, and nowhere else', () => {
  const [a, b, c] = speakers(3);
  seats.resize(3, now);
  for (const one of [a, b, c]) claim(one, SPEECH_CLAIM);
  const heardByMoreBefore = (border: number) => (to: number, from: number) => to < border && from >= border;
  seats.moveUp(heardByMoreBefore(1));
  expect(seated()).toBe('abc');
  for (const one of [a, b]) claim(one, NO_CLAIM);
  seats.moveUp(heardByMoreBefore(1));
  expect(seated()).toBe('abc');
  pass(HOLD_TIME);
  expect(seated()).toBe('--c');
  seats.moveUp(() => false);
  expect(seated()).toBe('--c');
  seats.moveUp(heardByMoreBefore(2));
  expect(seated()).toBe('c--');
  claim(c, NO_CLAIM);
  claim(a, SPEECH_CLAIM);
  expect(seated()).toBe('ca-');
});

describe('those who cannot be told to speak', () => {
  test('get what is free, give way to speakers, and take turns', () => {
    const [a, b, c, d] = speakers(4);
    seats.resize(2, now);
    for (const untold of [a, b, c]) claim(untold, UNTOLD_CLAIM);
    expect(seated()).toBe('ab');
    claim(d, SPEECH_CLAIM);
    expect(seated()).toBe('db');
    pass(UNTOLD_TURN);
    expect(seated()).toBe('dc');
    pass(UNTOLD_TURN);
    expect(seated()).toBe('da');
    pass(UNTOLD_TURN);
    expect(seated()).toBe('db');
  });

  test('do not take the seat that a speaker keeps', () => {
    const [a, b] = speakers(2);
    seats.resize(1, now);
    claim(a, SPEECH_CLAIM);
    claim(a, NO_CLAIM);
    claim(b, UNTOLD_CLAIM);
    pass(HOLD_TIME - TICK);
    expect(seated()).toBe('a');
    pass(TICK);
    expect(seated()).toBe('b');
  });
});

test('when seats become fewer, those who speak keep the others', () => {
  const [a, b, c] = speakers(3);
  seats.resize(3, now);
  for (const speaker of [a, b, c]) claim(speaker, SPEECH_CLAIM);
  claim(a, NO_CLAIM);
  seats.resize(2, now);
  expect(seated()).toBe('cb');
  seats.resize(3, now);
  expect(seated()).toBe('cb-');
});

interface Happening {
  readonly who: number;
  readonly claim: Claim;
  readonly score: number;
  readonly wait: number;
}

const COUNT = 8;
const happening: fc.Arbitrary<Happening> = fc.record({
  who: fc.nat(COUNT - 1),
  claim: fc.constantFrom<Claim>(NO_CLAIM, NO_CLAIM, SPEECH_CLAIM, SPEECH_CLAIM, UNTOLD_CLAIM),
  score: fc.integer({ min: -2_000, max: 5_000 }),
  wait: fc.integer({ min: 0, max: 60 }).map((ticks) => ticks * TICK),
});

/** Replays and looks after each step and each tick. */
function replay(
  count: number,
  happenings: readonly Happening[],
  look: (all: readonly Speaker[]) => void,
): void {
  now = 1_000;
  seats = new Seats();
  const all = speakers(COUNT);
  seats.resize(count, now);
  for (const { who, claim: value, score, wait } of happenings) {
    claim(all[who], value, score);
    look(all);
    for (let waited = 0; waited < wait; waited += TICK) {
      pass(TICK);
      look(all);
    }
  }
}

describe('whatever happens', () => {
  const runs = fc.tuple(fc.integer({ min: 1, max: 4 }), fc.array(happening, { maxLength: 40 }));

  test('nobody sits twice, no speaker waits while another seat is not a speaker’s, and who is alone sits', () => {
    fc.assert(
      fc.property(runs, ([count, happenings]) => {
        replay(count, happenings, (all) => {
          const holders = Array.from({ length: seats.count }, (_, i) => seats.holder(i)).filter(
            (holder) => holder !== null,
          );
          expect(holders.length).toBeLessThanOrEqual(count);
          expect(new Set(holders).size).toBe(holders.length);
          const speaking = all.filter((speaker) => speaker.claim === SPEECH_CLAIM);
          const seatedSpeakers = speaking.filter((speaker) => seats.seatOf(speaker) >= 0);
          expect(seatedSpeakers.length).toBe(Math.min(count, speaking.length));
        });
      }),
    );
  });

  test('no speaker loses a seat to another one before the minimum', () => {
    fc.assert(
      fc.property(runs, ([count, happenings]) => {
        const since = new Map<Speaker, number>();
        replay(count, happenings, (all) => {
          for (const speaker of all) {
            const sits = seats.seatOf(speaker) >= 0;
            const from = since.get(speaker);
            if (sits && from === undefined) since.set(speaker, now);
            if (sits || from === undefined) continue;
            since.delete(speaker);
            if (speaker.claim === SPEECH_CLAIM) expect(now - from).toBeGreaterThanOrEqual(MINIMUM_SEAT_TIME);
          }
        });
      }),
    );
  });

  test('the same happenings seat the same ones', () => {
    fc.assert(
      fc.property(runs, ([count, happenings]) => {
        const seatings = [0, 1].map(() => {
          const seen: string[] = [];
          replay(count, happenings, () => seen.push(seated()));
          return seen.join();
        });
        expect(seatings[0]).toBe(seatings[1]);
      }),
    );
  });
});
