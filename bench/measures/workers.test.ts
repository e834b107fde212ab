import { expect, test } from 'vitest';
import { LECTURE, MANY_ROOMS } from '../scenarios.js';
import { settingsFor } from './workers.js';

test('one room is spread over all workers evenly, and of many each stays on one', () => {
  expect(settingsFor(LECTURE, 1, [0, 1]).engine).toEqual({ workers: 1, 'spread-room-at': 510 });
  expect(settingsFor(LECTURE, 2, [0, 1])).toEqual({
    cores: [0, 1],
    engine: { workers: 2, 'spread-room-at': 255 },
  });
  expect(settingsFor(MANY_ROOMS, 2, [0, 1]).engine).toEqual({ workers: 2, 'spread-room-at': 200 });
});
