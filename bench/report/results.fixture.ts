/** Results of a run that never was, for tests. */
import type { ScenarioResult } from '../scenario-result.js';
import { meshOf } from '../scenarios.js';
import type { BenchResults, CostSample, FloorSample } from './results.js';

/** @param microseconds per packet out */
export function scenarioResultOf(name: string, microseconds: number): ScenarioResult {
  return {
    name,
    participants: 20,
    seconds: 5,
    joinSeconds: 1,
    packetsInPerSecond: 1000,
    packetsOutPerSecond: 19_000,
    bitsOutPerSecond: 19_760_000,
    loss: 0,
    worstLoss: 0,
    duplicates: 0,
    verified: 950,
    maxLateness: 2,
    generatorLoad: 0.2,
    engine: {
      load: 0.019 * microseconds,
      microsecondsPerPacketOut: microseconds,
      userMicroseconds: microseconds / 3,
      systemMicroseconds: (microseconds * 2) / 3,
      mainThreadLoad: 0.002,
      workerThreadLoad: 0.05,
      otherThreadsLoad: 0.001,
      switchesPerSecond: 900,
      residentBytes: 100_000_000,
      othersLoad: 0,
    },
    quietest: null,
    faults: [],
  };
}

/** @param microseconds of each round in a room of that size */
export function costSamples(sfu: string, size: number, microseconds: readonly number[]): CostSample[] {
  return microseconds.map((value, round) => ({
    sfu,
    round,
    result: scenarioResultOf(meshOf(size).name, value),
  }));
}

export function floorSamples(size: number, microseconds: readonly number[]): FloorSample[] {
  return microseconds.map((value, round) => ({
    scenario: meshOf(size).name,
    round,
    variant: 'floor',
    result: {
      microsecondsPerPacketOut: value,
      packetsInPerSecond: 1000,
      packetsOutPerSecond: 19_000,
      load: 0.019 * value,
      wakesPerSecond: 900,
      lost: 0,
      verified: 100,
      wrong: 0,
      crypto: true,
    },
  }));
}

/** Rooms of 10 and 20 with three rounds, in which the machine was slower each time. */
export const RESULTS: BenchResults = {
  at: '2026-01-02T03:04:05.000Z',
  commit: 'abcdef0',
  command: 'npm run bench',
  isFull: true,
  minutes: 20,
  machine: { processor: 'CPU', cores: 2, memoryBytes: 8e9, kernel: 'linux 6.18.1-x', node: 'v20' },
  rounds: 3,
  seconds: 5,
  scenarios: [meshOf(10), meshOf(20)],
  sfus: [
    { name: 'kraken-ts', notes: ['version 1'] },
    { name: 'mediasoup', notes: ['version 3'] },
  ],
  gaps: [{ what: 'janus', reason: 'there is no janus\nmore' }],
  sendFloorMicroseconds: 2.5,
  cost: [
    ...costSamples('kraken-ts', 10, [5, 6, 7]),
    ...costSamples('kraken-ts', 20, [4, 5, 6]),
    ...costSamples('mediasoup', 10, [20, 24, 28]),
    ...costSamples('mediasoup', 20, [7, 8, 9]),
  ],
  floor: [...floorSamples(10, [4, 5, 6]), ...floorSamples(20, [2, 2.5, 3])],
  profiles: [],
  capacity: [],
  latency: [],
  joins: [],
  storms: [],
  memory: [],
  workers: [],
  kernel: null,
  send: [],
};
