import { expect, test } from 'vitest';
import type { ProcessUsage } from '../process-usage.js';
import type { MonitorCores } from './cores.js';
import { type UsageReading, usageBetween } from './usage-reading.js';

const TWO_CORES: MonitorCores = { monitor: 0, generator: 1, engine: 1 };
const THREE_CORES: MonitorCores = { monitor: 0, generator: 1, engine: 2 };

function processAt(at: number, cpuSeconds: number): ProcessUsage {
  const times = { userSeconds: 0, systemSeconds: 0, threads: [], residentBytes: 0, voluntarySwitches: 0 };
  return { at, cpuSeconds, ...times };
}

type Seconds = readonly [monitor: number, engine: number, generator: number];

function readingAt(at: number, used: Seconds, busy: Seconds): UsageReading {
  const [monitor, engine, generator] = used.map((seconds) => processAt(at, seconds));
  if (monitor === undefined || engine === undefined || generator === undefined)
    throw new Error('three of them');
  return {
    processes: { monitor, engine, generator },
    coreBusySeconds: { monitor: busy[0], engine: busy[1], generator: busy[2] },
  };
}

test('loads are shares of a core in the time between two readings', () => {
  const before = readingAt(10, [1, 2, 3], [100, 200, 200]);
  const after = readingAt(14, [4, 3, 4], [103.5, 202.25, 202.25]);
  expect(usageBetween(before, after, TWO_CORES)).toEqual({
    monitorCpuSeconds: 3,
    monitorLoad: 0.75,
    engineLoad: 0.25,
    generatorLoad: 0.25,
    othersLoad: 0.125,
  });
});

test('others are seen on whichever core they are', () => {
  const before = readingAt(0, [0, 0, 0], [0, 0, 0]);
  const after = readingAt(1, [0.5, 0.25, 0.25], [0.5, 1, 0.5]);
  expect(usageBetween(before, after, THREE_CORES).othersLoad).toBe(0.75);
  expect(usageBetween(before, after, TWO_CORES).othersLoad).toBe(0.5);
});

test('a core whose coarse count lags behind the exact one was used by nobody else', () => {
  const before = readingAt(0, [0, 0, 0], [0, 0, 0]);
  const after = readingAt(1, [0.99, 0.5, 0.4], [0.98, 0.89, 0.89]);
  expect(usageBetween(before, after, TWO_CORES).othersLoad).toBe(0);
});
