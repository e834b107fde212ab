import { expect, test } from 'vitest';
import type { CallName, Way } from './calls.js';
import { addedLatency, disturbance, faultsOf } from './figures.js';
import { composeMonitorPage, monitorTargets } from './monitor-report.js';
import type { LoadSample, MonitorResults } from './results.js';

interface Given {
  readonly call?: CallName;
  readonly way: Way;
  readonly round: number;
  readonly calls?: number;
  readonly cpuSeconds?: number;
  /** ms */
  readonly p99?: number;
  readonly failed?: number;
  readonly othersLoad?: number;
}

function sampleOf(given: Given): LoadSample {
  const {
    call = 'list',
    way,
    round,
    calls = 1000,
    cpuSeconds = 0.1,
    p99 = 1,
    failed = 0,
    othersLoad = 0,
  } = given;
  const latency = { samples: calls, p50: p99 * 500, p99: p99 * 1000, p999: null, max: null, mean: null };
  const failure = failed > 0 ? '500 {}' : null;
  return {
    round,
    call,
    way,
    result: { seconds: 1, calls, callsPerSecond: calls, failed, failure, latency },
    usage: {
      monitorCpuSeconds: cpuSeconds,
      monitorLoad: 0.1,
      othersLoad,
      engineLoad: 0.2,
      generatorLoad: 0.3,
    },
  };
}

function resultsOf(saturation: readonly LoadSample[], latency: readonly LoadSample[]): MonitorResults {
  return {
    at: '2026-01-02T03:04:05.000Z',
    commit: 'abcdef0',
    command: 'npm run bench:monitor',
    machine: { processor: 'CPU', cores: 2, memoryBytes: 1e9, kernel: 'linux 6', node: 'v20.19.0' },
    cores: { monitor: 0, generator: 1, engine: 1 },
    minutes: 1,
    connections: 64,
    rounds: 3,
    seconds: 1,
    attempts: 3,
    runs: [
      { registry: 'memory', saturation, latencies: [{ halfOf: 'wanted', rate: 500, samples: latency }] },
    ],
    gaps: [{ registry: 'other', reason: 'its server is missing' }],
  };
}

const LATENCY = [3, 9, 4].flatMap((p99, round) => [
  sampleOf({ way: 'engine', round, p99: 1 + round }),
  sampleOf({ way: 'monitor', round, p99 }),
]);

test('routed calls are judged by the median of calls per CPU second', () => {
  const verdictWith = (calls: number) => {
    const rounds = [1, calls, 100_000].map((each, round) => sampleOf({ way: 'monitor', round, calls: each }));
    return monitorTargets(resultsOf(rounds, LATENCY))[0]?.verdict;
  };
  expect(verdictWith(500)).toBe('met');
  expect(verdictWith(499)).toBe('missed');
  expect(monitorTargets(resultsOf([], []))[0]?.verdict).toBe('not measured');
});

test('added latency is a difference within a round', () => {
  expect(addedLatency({ halfOf: 'wanted', rate: 500, samples: LATENCY }, 'p99')).toEqual({
    median: 2,
    min: 1,
    max: 7,
    rounds: 3,
  });
  expect(monitorTargets(resultsOf([], LATENCY))[1]).toMatchObject({ verdict: 'met' });
});

test('wrong answers are faults', () => {
  const results = resultsOf([sampleOf({ way: 'monitor', round: 0, failed: 2 })], LATENCY);
  expect(faultsOf(results)).toEqual(['2 of 1000 list calls to the monitor, round 1: 500 {}']);
});

test('the page names machine, commit, command, gaps and how often others disturbed', () => {
  const disturbed = sampleOf({ way: 'monitor', round: 0, othersLoad: 0.2 });
  const results = resultsOf([disturbed, sampleOf({ call: 'turn', way: 'monitor', round: 0 })], LATENCY);
  expect(disturbance(results)).toEqual({ samples: 8, disturbed: 1 });
  const page = composeMonitorPage(results);
  for (const part of [
    'CPU, 2 cores',
    'abcdef0',
    '`npm run bench:monitor`',
    'its server is missing',
    '1 of 8',
  ]) {
    expect(page).toContain(part);
  }
});
