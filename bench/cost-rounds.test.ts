import { expect, test } from 'vitest';
import { measureCostRounds, rotated } from './cost-rounds.js';
import { meshOf } from './scenarios.js';
import type { Sfu } from './sfu/sfu.js';

test('who is first changes from round to round', () => {
  expect([0, 1, 2, 3].map((round) => rotated(['a', 'b', 'c'], round).join(''))).toEqual([
    'abc',
    'bca',
    'cab',
    'abc',
  ]);
  expect(rotated([], 1)).toEqual([]);
});

test('an SFU that fails is a gap, and is given up when it fails again', async () => {
  let starts = 0;
  const broken: Sfu = {
    name: 'broken',
    whyNotMeasured: async () => null,
    start: async () => {
      starts++;
      throw new Error('no media port');
    },
  };
  const { cost, gaps } = await measureCostRounds(
    { sfus: [broken], scenarios: [meshOf(3)], rounds: 3, floor: null, settings: {}, repeatsDisturbed: true },
    {
      root: '',
      folder: '',
      cores: { engine: 0, generator: 1 },
      seconds: 1,
      warmUpSeconds: 0,
      sampleShare: 0,
      pollSeconds: 0,
      seed: 1,
    },
  );
  expect(cost).toEqual([]);
  expect(gaps).toEqual(
    [1, 2].map((round) => ({
      what: `room of 3 on broken, round ${round}`,
      sfu: 'broken',
      reason: 'no media port',
    })),
  );
  expect(starts).toBe(2);
});
