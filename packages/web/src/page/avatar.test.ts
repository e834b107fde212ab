import { expect, test } from 'vitest';
import { hueOf, initialsOf } from './avatar.js';

test.each([
  ['Alice Liddell', 'AL'],
  ['alice', 'A'],
  ["Bób 李 (he/him) ~'!*+&", 'BH'],
  ['李 小龍', '李小'],
  ['Ann Mary van der Berg', 'AB'],
  ['👍', '?'],
  ['', '?'],
])('the initials of %j are %s', (name, initials) => {
  expect(initialsOf(name)).toBe(initials);
});

test('the same person has the same colour everywhere', () => {
  expect(hueOf('uid')).toBe(hueOf('uid'));
  expect(hueOf('uid')).toBeGreaterThanOrEqual(0);
  expect(hueOf('uid')).toBeLessThan(360);
});
