import { expect, test } from 'vitest';
import { measureSendFloor } from './send-floor.js';

test('the floor is a time', () => {
  const floor = measureSendFloor();
  expect(floor).toBeGreaterThan(0);
  expect(Number.isFinite(floor)).toBe(true);
});
