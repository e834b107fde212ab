import { describe, expect, test } from 'vitest';
import { simulate } from './simulation.js';

const SEEDS = [
  { seed: 1, workers: 1 },
  { seed: 2, workers: 2 },
  { seed: 3, workers: 3 },
  { seed: 4, workers: 2 },
];
const HOURS = 0.5;

describe('a whole engine under a virtual clock', () => {
  test.for(SEEDS)(
    'keeps its promises with seed $seed and $workers workers',
    async ({ seed, workers }, { task }) => {
      const { failure, hearingsSeen, participantHours } = await simulate({ seed, hours: HOURS, workers });
      if (failure !== null) throw new Error(failure);
      expect(hearingsSeen).toBeGreaterThan(0);
      Object.assign(task.meta, { figure: `${participantHours.toFixed(1)} participant hours` });
    },
  );

  test('does the same for the same seed, and something else for another one', async () => {
    const runs = { hours: 0.1, workers: 2 };
    const one = await simulate({ ...runs, seed: 7 });
    const again = await simulate({ ...runs, seed: 7 });
    const other = await simulate({ ...runs, seed: 8 });
    expect(again.digest).toBe(one.digest);
    expect(other.digest).not.toBe(one.digest);
  });
});
