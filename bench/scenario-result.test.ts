import { expect, test } from 'vitest';
import type { ProcessUsage } from './process-usage.js';
import { engineFigures, quietestSlice } from './scenario-result.js';

const before: ProcessUsage = {
  at: 100,
  cpuSeconds: 5,
  userSeconds: 2,
  systemSeconds: 3,
  threads: [
    { id: 7, cpuSeconds: 4 },
    { id: 8, cpuSeconds: 1 },
  ],
  residentBytes: 90_000_000,
  voluntarySwitches: 50,
};
const after: ProcessUsage = {
  at: 110,
  cpuSeconds: 6,
  userSeconds: 2.2,
  systemSeconds: 3.6,
  threads: [
    { id: 9, cpuSeconds: 0.05 },
    { id: 7, cpuSeconds: 4.1 },
    { id: 8, cpuSeconds: 1.8 },
    { id: 10, cpuSeconds: 0.05 },
  ],
  residentBytes: 120_000_000,
  voluntarySwitches: 1050,
};

test('CPU time is parted over packets, over user and kernel by the sampled ratio, and over threads', () => {
  const interval = { before, after, coreBusySeconds: 1.5 };
  const figures = engineFigures(7, interval, 400_000);
  expect(figures.load).toBeCloseTo(0.1);
  expect(figures.microsecondsPerPacketOut).toBeCloseTo(2.5);
  expect(figures.userMicroseconds).toBeCloseTo(0.625);
  expect(figures.systemMicroseconds).toBeCloseTo(1.875);
  expect(figures.mainThreadLoad).toBeCloseTo(0.01);
  expect(figures.workerThreadLoad).toBeCloseTo(0.08);
  expect(figures.otherThreadsLoad).toBeCloseTo(0.01);
  expect(figures.switchesPerSecond).toBeCloseTo(100);
  expect(figures.othersLoad).toBeCloseTo(0.05);
});

test('an engine without participants has no cost per packet', () => {
  const figures = engineFigures(7, { before, after, coreBusySeconds: 1 }, 0);
  expect(figures.microsecondsPerPacketOut).toBeNull();
  expect(figures.userMicroseconds).toBeNull();
});

test('the quietest slice is the one in which others used least of the core', () => {
  const slice = (engineCpuSeconds: number, coreBusySeconds: number) => ({
    seconds: 1,
    packetsReceived: 10_000,
    engineCpuSeconds,
    coreBusySeconds,
  });
  const quietest = quietestSlice([slice(0.05, 0.9), slice(0.03, 0.04), slice(0.02, 0.5)]);
  expect(quietest?.microsecondsPerPacketOut).toBeCloseTo(3);
  expect(quietest?.othersLoad).toBeCloseTo(0.01);
  expect(quietestSlice([])).toBeNull();
});
