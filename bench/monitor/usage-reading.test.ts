import { expect, test } from 'vitest';
import type { ProcessUsage } from '../process-usage.js';
import { type UsageReading, usageBetween } from './usage-reading.js';

function processAt(at: number, cpuSeconds: number): ProcessUsage {
  const times = { userSeconds: 0, systemSeconds: 0, threads: [], residentBytes: 0, voluntarySwitches: 0 };
  return { at, cpuSeconds, ...times };
}

function readingAt(
  at: number,
  [monitor, engine, generator, core]: readonly [number, number, number, number],
) {
  const reading: UsageReading = {
    monitor: processAt(at, monitor),
    engine: processAt(at, engine),
    generator: processAt(at, generator),
    coreBusySeconds: core,
  };
  return reading;
}

test('loads are shares of a core in the time between two readings', () => {
  const usage = usageBetween(readingAt(10, [1, 2, 3, 100]), readingAt(14, [4, 3, 4, 103.5]));
  expect(usage).toEqual({
    monitorCpuSeconds: 3,
    monitorLoad: 0.75,
    othersLoad: 0.125,
    engineLoad: 0.25,
    generatorLoad: 0.25,
  });
});

test('a core whose coarse count lags behind the exact one was used by nobody else', () => {
  const usage = usageBetween(readingAt(0, [0, 0, 0, 0]), readingAt(1, [0.99, 0, 0, 0.98]));
  expect(usage.othersLoad).toBe(0);
});
