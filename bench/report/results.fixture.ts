/** Results of a run that never was, for tests. */
import type { LatencyFigures } from '@kraken/load/latency-histogram';
import type { CapacityResult } from '../measures/capacity.js';
import type { JoinsResult } from '../measures/joins.js';
import type { MemoryResult } from '../measures/memory.js';
import type { ScenarioResult } from '../scenario-result.js';
import { meshOf } from '../scenarios.js';
import type { BenchResults, CapacitySample, CostSample, FloorSample, LatencySample } from './results.js';

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
      latency: { p50: 0, p99: 0, p999: 0 },
    },
  }));
}

function latencyFigures(microseconds: number): LatencyFigures {
  return {
    samples: 10_000,
    p50: microseconds,
    p99: 5 * microseconds,
    p999: 20 * microseconds,
    max: 40 * microseconds,
    mean: 1.2 * microseconds,
  };
}

function capacitySample(sfu: string, packetsPerSecond: number): CapacitySample {
  const result: CapacityResult = {
    shape: 'one mesh room',
    unit: 'participants',
    size: 60,
    packetsPerSecond,
    loss: 0.0001,
    sfuLoad: 0.98,
    limitedBy: 'sfu',
    tries: [],
  };
  return { sfu, result };
}

function latencySample(sfu: string, microseconds: number): LatencySample {
  const results = [0.25, 0.5, 0.75].map((share) => ({
    share,
    size: 30,
    packetsPerSecond: 200_000 * share,
    latency: latencyFigures(microseconds * (1 + share)),
    loss: 0,
    sfuLoad: share,
    othersLoad: 0,
    generatorLoad: 0.3,
    lateShare: 0.001,
    stolenShare: 0.002,
    faults: [],
  }));
  return { sfu, capacity: 200_000, results };
}

const JOINS: JoinsResult = {
  joined: 2000,
  failed: 0,
  failures: [],
  joinsPerSecond: 320,
  cpuMillisecondsPerJoin: 2.5,
  joinTime: latencyFigures(50_000),
  sfuLoad: 0.9,
  othersLoad: 0,
  generatorLoad: 0.8,
  limitedBy: 'sfu',
};
const ROOMS_IN_STORM = {
  seconds: 6,
  packetsPerSecond: 45_000,
  loss: 0,
  worstLoss: 0,
  latency: latencyFigures(400),
  sfuLoad: 0.9,
  lateShare: 0,
  faults: [],
};
const MEMORY: MemoryResult = {
  idleBytes: 100e6,
  participants: [100, 500].map((participants) => ({
    participants,
    sending: participants === 100,
    idleBytes: 100e6,
    bytes: 100e6 + participants * 90_000,
    bytesPerParticipant: 90_000,
  })),
  bytesPerSilentParticipant: 90_000,
  bytesPerSpeakingParticipant: 90_000,
  churn: {
    readings: [0, 5000, 10_000, 15_000, 20_000].map((joins) => ({
      joins,
      residentBytes: 130e6,
      bytes: 100e6 + 500 * joins,
    })),
    bytesPerJoin: 500,
    failed: 0,
    failures: [],
  },
};

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
  gaps: [{ what: 'janus', sfu: 'janus', reason: 'there is no janus\nmore' }],
  sendFloorMicroseconds: 2.5,
  cost: [
    ...costSamples('kraken-ts', 10, [5, 6, 7]),
    ...costSamples('kraken-ts', 20, [4, 5, 6]),
    ...costSamples('mediasoup', 10, [20, 24, 28]),
    ...costSamples('mediasoup', 20, [7, 8, 9]),
  ],
  floor: [...floorSamples(10, [4, 5, 6]), ...floorSamples(20, [2, 2.5, 3])],
  profiles: [
    {
      scenario: 'room of 20',
      microsecondsPerPacketOut: 4,
      profile: {
        samples: 1000,
        shares: {
          sendmmsg: 0.6,
          recvmmsg: 0.05,
          'poll and wake-up': 0.08,
          'kernel, other': 0.02,
          WebAssembly: 0.12,
          JavaScript: 0.07,
          'V8 compiling': 0.02,
          'V8 collecting garbage': 0.01,
          'V8 and node, other': 0.02,
          others: 0.01,
        },
        hotspots: [{ symbol: 'udp_sendmsg', program: '[kernel.kallsyms]', share: 0.05 }],
      },
    },
  ],
  capacity: [capacitySample('kraken-ts', 510_000), capacitySample('mediasoup', 190_000)],
  latency: [latencySample('kraken-ts', 90), latencySample('mediasoup', 150)],
  latencyFloor: [0, 500].map((gatherMicroseconds) => ({
    share: 0.5,
    variant: gatherMicroseconds === 0 ? 'floor' : 'gathered',
    gatherMicroseconds,
    result: {
      microsecondsPerPacketOut: 2,
      packetsInPerSecond: 1000,
      packetsOutPerSecond: 19_000,
      load: 0.5,
      wakesPerSecond: 900,
      lost: 0,
      verified: 100,
      wrong: 0,
      crypto: true,
      latency: { p50: 100, p99: 200, p999: gatherMicroseconds === 0 ? 65_535 : 300 },
    },
  })),
  joins: [{ sfu: 'kraken-ts', result: JOINS }],
  storms: [{ sfu: 'kraken-ts', result: { quiet: ROOMS_IN_STORM, storm: ROOMS_IN_STORM, joins: JOINS } }],
  memory: [{ sfu: 'kraken-ts', result: MEMORY }],
  workers: [1, 2].flatMap((workers) =>
    [0, 1].map((round) => ({
      scenario: 'rooms of 10',
      round,
      workers,
      microsecondsPerPacketOut: 4 + 0.5 * workers,
    })),
  ),
  kernel: null,
  send: [],
};
