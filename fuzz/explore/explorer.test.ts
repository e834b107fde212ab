import { expect, test } from 'vitest';
import { Coverage } from '../coverage/coverage.js';
import { COVERAGE_GLOBAL } from '../coverage/coverage-global.js';
import { instrument } from '../coverage/instrument.js';
import { Random } from '../input/random.js';
import type { Trial } from '../target.js';
import { type Crash, Explorer } from './explorer.js';

/** Throws for about one of 2^64 random inputs. */
const PLANTED = `globalThis.planted = (input) => {
  const text = String.fromCharCode(...input.subarray(0, 4));
  if (text !== 'KRAK') return;
  const number = (input[4] << 8) | input[5];
  if (number !== 54321) return;
  let sum = 0;
  for (let i = 6; i < input.length; i++) sum += input[i];
  if (sum > 300) if (input[6] === input[7]) throw new RangeError('sum ' + sum);
}`;
const TRIALS = 200_000;

function explorerOf(code: string, seed: number) {
  const coverage = new Coverage();
  Reflect.set(globalThis, COVERAGE_GLOBAL, coverage);
  new Function(instrument(code))();
  const trial: Trial = Reflect.get(globalThis, 'planted');
  const crashes: Crash[] = [];
  const explorer = new Explorer({ maxLength: 64 }, trial, coverage, new Random(seed), {
    onTrial: () => undefined,
    onCrash: (crash) => crashes.push(crash),
  });
  return { explorer, crashes };
}

test('coverage and comparisons lead to what chance would not find, and the input is made short', async () => {
  const { explorer, crashes } = explorerOf(PLANTED, 7);
  await explorer.explore(() => crashes.length > 0 || explorer.trials > TRIALS);
  expect(crashes).toMatchObject([{ signature: expect.stringContaining('RangeError: sum #') }]);
  expect(Buffer.from(crashes[0]?.input ?? []).toString('latin1', 0, 4)).toBe('KRAK');
  expect(crashes[0]?.input.length).toBeLessThanOrEqual(16);
});

test('the same seed takes the same way', async () => {
  const [one, other] = [explorerOf(PLANTED, 3), explorerOf(PLANTED, 3)].map(({ explorer }) => explorer);
  await one?.explore(() => one.trials > 2_000);
  await other?.explore(() => other.trials > 2_000);
  expect(one?.corpus.inputs).toEqual(other?.corpus.inputs);
});

test('an input that covers nothing new is not kept, and a shorter one takes the place of one that covers as much', async () => {
  const { explorer } = explorerOf('globalThis.planted = (input) => { if (input[0] === 1) return 2; }', 1);
  await explorer.load([
    Uint8Array.of(1, 2, 3),
    Uint8Array.of(1, 9, 9, 9),
    new Uint8Array(0),
    Uint8Array.of(5),
  ]);
  expect(explorer.corpus.inputs).toEqual([new Uint8Array(0), Uint8Array.of(1, 2, 3)]);
  await explorer.explore(() => explorer.trials > 2_000);
  expect(explorer.corpus.inputs.map(({ length }) => length)).toEqual([0, 1]);
});
