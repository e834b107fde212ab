import { describe, expect, test } from 'vitest';
import { CALLS, STORM } from './density.js';
import { type SimulationOptions, simulate } from './simulation.js';

const STORMS = [
  { seed: 1, workers: 1 },
  { seed: 2, workers: 2 },
  { seed: 3, workers: 3 },
];
const STORMY_HOURS = 0.33;
const LONG_CALLS = [
  { seed: 5, workers: 1 },
  { seed: 6, workers: 2 },
];
const HOURS_OF_CALLS = 12;
/** What has to happen in each of them for it to prove anything. */
const EVERYWHERE = [
  'joins',
  'left: ended',
  'left: lost',
  'datagrams lost',
  'datagrams doubled',
  'datagrams cut off',
  'restarts of workers',
  'NACKs of participants',
  'NACKs of the engine',
  'packets in RED',
  'packets sent again in RTX',
];

describe('a whole engine under a virtual clock', () => {
  test.for(STORMS)(
    'keeps its promises with seed $seed and $workers workers, when something happens every few seconds',
    (run, { task }) => prove({ ...run, hours: STORMY_HOURS, density: STORM }, task.meta),
  );

  test.for(LONG_CALLS)(
    'keeps its promises with seed $seed and $workers workers, in long calls',
    (run, { task }) => prove({ ...run, hours: HOURS_OF_CALLS, density: CALLS }, task.meta),
  );

  /** What it has found, with how long it takes to come to that. */
  test('sends who has just joined no pre-roll that is older than it may be (seed 5011)', ({ task }) =>
    prove({ seed: 5011, workers: 2, hours: 0.44, density: STORM }, task.meta));

  test('does the same for the same seed, and something else for another one', async () => {
    const run = { hours: 0.1, workers: 2, density: STORM };
    const one = await simulate({ ...run, seed: 7 });
    const again = await simulate({ ...run, seed: 7 });
    const other = await simulate({ ...run, seed: 8 });
    expect(again.digest).toBe(one.digest);
    expect(other.digest).not.toBe(one.digest);
  });
});

async function prove(options: SimulationOptions, meta: object): Promise<void> {
  const { failure, hearingsSeen, participantHours, counts } = await simulate(options);
  if (failure !== null) throw new Error(failure);
  expect(hearingsSeen).toBeGreaterThan(0);
  expect(counts.map(([what]) => what)).toEqual(expect.arrayContaining(EVERYWHERE));
  Object.assign(meta, { figure: `${participantHours.toFixed(1)} participant hours` });
}
