import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { watchSurroundings } from './surroundings.js';

let told: string[];
let page: EventTarget;
let stop: () => void;

class Connection extends EventTarget {
  type = 'wifi';
}

let connection: Connection;

beforeEach(() => {
  vi.useFakeTimers();
  told = [];
  page = new EventTarget();
  connection = new Connection();
  vi.stubGlobal('addEventListener', page.addEventListener.bind(page));
  vi.stubGlobal('navigator', { connection });
  stop = watchSurroundings({
    onNetwork: () => told.push('network'),
    onWake: () => told.push('wake'),
    onTick: () => {},
    onUnload: () => told.push('unload'),
  });
});
afterEach(() => {
  stop();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

test('a machine that stood still for more than 5 s has slept', () => {
  vi.advanceTimersByTime(10_000);
  vi.setSystemTime(Date.now() + 4_000);
  vi.advanceTimersByTime(1_000);
  expect(told).toEqual([]);
  vi.setSystemTime(Date.now() + 3_600_000);
  vi.advanceTimersByTime(10_000);
  expect(told).toEqual(['wake']);
});

test('a network that is there again, or of another kind, is told; a slower one is not', () => {
  page.dispatchEvent(new Event('online'));
  connection.dispatchEvent(new Event('change'));
  expect(told).toEqual(['network']);
  connection.type = 'cellular';
  connection.dispatchEvent(new Event('change'));
  expect(told).toEqual(['network', 'network']);
});

test('the page going away is told, and nothing after the end', () => {
  page.dispatchEvent(new Event('pagehide'));
  expect(told).toEqual(['unload']);
  stop();
  page.dispatchEvent(new Event('pagehide'));
  page.dispatchEvent(new Event('online'));
  vi.setSystemTime(Date.now() + 3_600_000);
  vi.advanceTimersByTime(10_000);
  expect(told).toEqual(['unload']);
});
