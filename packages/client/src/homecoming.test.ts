import { expect, test } from 'vitest';
import { Homecoming, RETURN_MILLISECONDS } from './homecoming.js';

const [first, second] = [{}, {}];

test('nobody is waited for in a room that is entered for the first time', () => {
  const homecoming = new Homecoming();
  expect(homecoming.patience(first, 0)).toBe(0);
  homecoming.enter(first, 0);
  expect(homecoming.patience(first, 1)).toBe(0);
});

test('others are waited for from the loss of the session on, also before the room is known to be entered again', () => {
  const homecoming = new Homecoming();
  homecoming.enter(first, 0);
  expect(homecoming.patience(null, 60_000)).toBe(RETURN_MILLISECONDS);
  expect(homecoming.patience(second, 60_100)).toBe(RETURN_MILLISECONDS);
});

test('and for some seconds behind the return, no longer', () => {
  const homecoming = new Homecoming();
  homecoming.enter(first, 0);
  homecoming.enter(second, 60_000);
  expect(homecoming.patience(second, 60_000 + RETURN_MILLISECONDS - 1)).toBe(RETURN_MILLISECONDS);
  expect(homecoming.patience(second, 60_000 + RETURN_MILLISECONDS)).toBe(0);
});
