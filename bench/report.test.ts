import { expect, test } from 'vitest';
import { faultsOf, formatReport, warningsOf } from './report.js';
import type { ScenarioResult } from './scenario-result.js';

const result: ScenarioResult = {
  name: 'room of 20',
  participants: 20,
  seconds: 10,
  joinSeconds: 1.5,
  packetsInPerSecond: 1000,
  packetsOutPerSecond: 19_000,
  bitsOutPerSecond: 19_760_000,
  loss: 0.00012,
  worstLoss: 0.001,
  duplicates: 0,
  verified: 1900,
  maxLateness: 2,
  generatorLoad: 0.2,
  engine: {
    load: 0.057,
    microsecondsPerPacketOut: 3,
    userMicroseconds: 1,
    systemMicroseconds: 2,
    mainThreadLoad: 0.002,
    workerThreadLoad: 0.054,
    otherThreadsLoad: 0.001,
    switchesPerSecond: 900,
    residentBytes: 100_000_000,
    othersLoad: 0.01,
  },
  quietest: { microsecondsPerPacketOut: 2.9, othersLoad: 0 },
  faults: [],
};
const sample = { sfu: 'kraken-ts', round: 0, result };
const machine = { processor: 'CPU', cores: 2, memoryBytes: 8e9, kernel: 'linux 6', node: 'v20' };

test('a report names the machine and lines its columns up', () => {
  const lines = formatReport(machine, 1.2, [sample]).split('\n');
  expect(lines[0]).toBe('CPU, 2 cores, 8.0 GB, linux 6, Node v20');
  expect(lines.slice(4, 7).map((line) => line.length)).toEqual(Array(3).fill(lines[4]?.length));
  expect(lines[6]).toMatch(
    /^room of 20 +kraken-ts +1000 +19000 +5\.7 +3\.00 +2\.5 +1\.00 +2\.00 +0\.012 +100$/,
  );
});

test('faults and what makes a result doubtful are told', () => {
  expect(warningsOf(sample)).toEqual([]);
  expect(warningsOf({ ...sample, result: { ...result, generatorLoad: 0.9, maxLateness: 50 } })).toHaveLength(
    2,
  );
  const faulty = [{ ...sample, result: { ...result, faults: ['participant-3 is closed'] } }];
  expect(faultsOf(faulty)).toEqual(['room of 20 on kraken-ts: participant-3 is closed']);
  expect(formatReport(machine, 1.2, faulty)).toContain('FAULT: room of 20 on kraken-ts: participant-3');
});
