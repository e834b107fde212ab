import { expect, test } from 'vitest';
import { parseCoreBusySeconds, parseStat, readProcessUsage } from './process-usage.js';

test('times are found behind a command name with blanks and parentheses', () => {
  const stat = '12 (a) b (c)) S 1 2 3 4 -1 4194560 5 6 7 8 250 131 9 9 20 0 11 0 24 51388416 4682';
  expect(parseStat(stat)).toEqual({ userSeconds: 2.5, systemSeconds: 1.31 });
});

test("a core's busy time leaves idle and waiting out", () => {
  const stat = 'cpu  9 9 9 9 9 9 9 9\ncpu0 100 200 300 9999 9999 10 20 30 0 0\ncpu1 0 0 0 0 0 0 0 0 0 0\n';
  expect(parseCoreBusySeconds(stat, 0)).toBe(6.6);
  expect(() => parseCoreBusySeconds(stat, 2)).toThrow('cpu2');
});

test("the process's own usage agrees with what Node tells of it", () => {
  const node = process.cpuUsage();
  const usage = readProcessUsage(process.pid);
  expect(Math.abs(usage.cpuSeconds - (node.user + node.system) / 1e6)).toBeLessThan(0.25);
  expect(usage.residentBytes).toBeGreaterThan(10_000_000);
  expect(usage.threads.some((thread) => thread.id === process.pid)).toBe(true);
});
