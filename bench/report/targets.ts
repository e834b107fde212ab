/** What the engine is to reach, and whether it does. */
import { KRAKEN_NAME } from '../options.js';
import { meshOf, SMALL_ROOMS } from '../scenarios.js';
import { costOf, ratioToFloor, ratioToPeer } from './figures.js';
import { number, percent, spread } from './markdown.js';
import type { BenchResults } from './results.js';
import type { Spread } from './statistics.js';
import { judge, linesOfTargets, type Target, tableOfTargets } from './target.js';
import { growthOf } from './workers-section.js';

/** CPU microseconds per packet out, at most. */
export const COST_TARGETS: readonly (readonly [scenario: string, most: number])[] = [
  [meshOf(10).name, 6],
  [meshOf(20).name, 3],
  [meshOf(30).name, 2.2],
  [meshOf(50).name, 1.9],
  [meshOf(70).name, 1.6],
  [SMALL_ROOMS.name, 4],
];
/** Share of mediasoup's cost in the same run, at most. */
const PEER = 'mediasoup';
const RATIO_TARGETS: readonly (readonly [scenario: string, most: number])[] = [
  [meshOf(10).name, 0.5],
  [meshOf(20).name, 0.5],
  [meshOf(30).name, 0.4],
  [meshOf(50).name, 0.35],
  [meshOf(70).name, 0.35],
];
/** Packets/s out of one core, at least. */
export const CAPACITY_TARGET = 500_000;
/** Microseconds of added latency at half of the capacity, at most. */
const HALF = 0.5;
const LATENCY_TARGETS = [
  ['p99', 'p99', 1000],
  ['p99.9', 'p999', 5000],
] as const;
const JOINS_TARGET = 300;
/** Microseconds of added latency, p99, that a storm of joins may bring about. */
const STORM_LATENCY_TARGET = 10_000;
const BYTES_PER_PARTICIPANT_TARGET = 100_000;
/** What may stay behind of a join and a leave: 2 MB of 20,000, within which V8's heap breathes. */
const CHURN_BYTES_TARGET = 100;
/** By how much a packet may cost more with two workers. */
const WORKERS_GROWTH_TARGET = 0.15;
const MICROSECONDS_PER_MILLISECOND = 1000;
const KILOBYTE = 1000;

export function targetsOf(results: BenchResults): Target[] {
  return [
    ...COST_TARGETS.map(([scenario, most]) => costTarget(results, scenario, most)),
    ...RATIO_TARGETS.map(([scenario, most]) => ratioTarget(results, scenario, most)),
    capacityTarget(results),
    ...LATENCY_TARGETS.map(([name, key, most]) => latencyTarget(results, name, key, most)),
    joinsTarget(results),
    ...stormTargets(results),
    ...memoryTargets(results),
    ...workersTargets(results),
  ];
}

/**
 * @param isComplete whether targets that were not measured are told as well
 * @returns lines of Markdown
 */
export function targetsTable(results: BenchResults, isComplete: boolean): string[] {
  return tableOfTargets(targetsOf(results).filter(({ verdict }) => isComplete || verdict !== 'not measured'));
}

/** @returns lines for a terminal */
export function formatTargets(results: BenchResults): string {
  return linesOfTargets(targetsOf(results));
}

function costTarget(results: BenchResults, scenario: string, most: number): Target {
  const cost = costOf(results, KRAKEN_NAME, scenario);
  const toFloor = ratioToFloor(results, KRAKEN_NAME, scenario);
  const remark = toFloor === null ? '' : `${number(toFloor.median)} times the floor of this machine`;
  return atMost(`CPU per packet out, ${scenario}`, cost, most, 'µs', remark);
}

function ratioTarget(results: BenchResults, scenario: string, most: number): Target {
  const ratio = ratioToPeer(results, PEER, scenario);
  const peer = costOf(results, PEER, scenario);
  const floor = ratioToFloor(results, PEER, scenario);
  const remark = [
    ...(peer === null ? [] : [`${PEER}: ${number(peer.median)} µs`]),
    ...(floor === null ? [] : [`the floor of this machine: ${number(1 / floor.median)} of that`]),
  ].join('; ');
  return atMost(`its ratio to ${PEER}'s, ${scenario}`, ratio, most, '', remark);
}

function capacityTarget({ capacity }: BenchResults): Target {
  const result = capacity.find(({ sfu }) => sfu === KRAKEN_NAME)?.result;
  const rate = result === undefined ? null : (result.packetsPerSecond ?? 0);
  const remark = result?.limitedBy === 'generator' ? 'limited by the load generator, not by the engine' : '';
  return judge({
    what: 'packets/s out of one core, under 0.1% lost',
    wanted: `≥ ${number(CAPACITY_TARGET)}`,
    measured: rate === null ? null : number(Math.round(rate)),
    isMet: rate !== null && rate >= CAPACITY_TARGET,
    remark,
  });
}

function latencyTarget(
  { latency, latencyFloor }: BenchResults,
  name: string,
  key: 'p99' | 'p999',
  most: number,
): Target {
  const loads = latency.find(({ sfu }) => sfu === KRAKEN_NAME)?.results;
  const half = loads?.find(({ share }) => share === HALF);
  const value = half?.latency[key] ?? null;
  const floor = latencyFloor.find(
    ({ share, gatherMicroseconds }) => share === HALF && gatherMicroseconds > 0,
  );
  return judge({
    what: `added latency at half of that, ${name}`,
    wanted: `< ${most / MICROSECONDS_PER_MILLISECOND} ms`,
    measured: value === null ? null : `${number(value / MICROSECONDS_PER_MILLISECOND)} ms`,
    isMet: value !== null && value < most,
    remark: [
      ...(half === undefined ? [] : [`at ${number(Math.round(half.packetsPerSecond))} packets/s`]),
      ...(floor === undefined
        ? []
        : [
            `the floor, merging as well: ${number(floor.result.latency[key] / MICROSECONDS_PER_MILLISECOND)} ms`,
          ]),
    ].join('; '),
  });
}

function joinsTarget({ joins }: BenchResults): Target {
  const result = joins.find(({ sfu }) => sfu === KRAKEN_NAME)?.result;
  return judge({
    what: 'joins/s of one core',
    wanted: `≥ ${JOINS_TARGET}`,
    measured: result === undefined ? null : number(result.joinsPerSecond),
    isMet: result !== undefined && result.joinsPerSecond >= JOINS_TARGET && result.failed === 0,
    remark:
      result === undefined || result.cpuMillisecondsPerJoin === null
        ? ''
        : `${number(result.cpuMillisecondsPerJoin)} ms of CPU per join, limited by the ${result.limitedBy}`,
  });
}

function stormTargets({ storms }: BenchResults): Target[] {
  const result = storms.find(({ sfu }) => sfu === KRAKEN_NAME)?.result;
  const p99 = result?.storm.latency.p99 ?? null;
  return [
    judge({
      what: 'added latency in a storm of 2,000 joins, p99',
      wanted: `< ${STORM_LATENCY_TARGET / MICROSECONDS_PER_MILLISECOND} ms`,
      measured: p99 === null ? null : `${number(p99 / MICROSECONDS_PER_MILLISECOND)} ms`,
      isMet: p99 !== null && p99 < STORM_LATENCY_TARGET,
      remark: result === undefined ? '' : `${percent(result.storm.loss)} of the packets lost`,
    }),
    judge({
      what: 'joins that fail in it',
      wanted: '0',
      measured: result === undefined ? null : String(result.joins.failed),
      isMet: result?.joins.failed === 0,
      remark: '',
    }),
  ];
}

function memoryTargets({ memory }: BenchResults): Target[] {
  const result = memory.find(({ sfu }) => sfu === KRAKEN_NAME)?.result;
  const silent = result?.bytesPerSilentParticipant ?? null;
  const speaking = result?.bytesPerSpeakingParticipant ?? null;
  const perJoin = result?.churn?.bytesPerJoin ?? null;
  const perParticipant = (what: string, bytes: number | null) =>
    judge({
      what: `memory per participant, ${what}`,
      wanted: `≤ ${BYTES_PER_PARTICIPANT_TARGET / KILOBYTE} KB`,
      measured: bytes === null ? null : `${number(bytes / KILOBYTE)} KB`,
      isMet: bytes !== null && bytes <= BYTES_PER_PARTICIPANT_TARGET,
      remark: '',
    });
  return [
    perParticipant('silent', silent),
    perParticipant('speaking', speaking),
    judge({
      what: 'memory that tens of thousands of joins and leaves leave behind, per join',
      wanted: `≤ ${CHURN_BYTES_TARGET} B`,
      measured: perJoin === null ? null : `${number(perJoin)} B`,
      isMet: perJoin !== null && perJoin <= CHURN_BYTES_TARGET,
      remark: 'slope of the second half, garbage collected',
    }),
  ];
}

function workersTargets({ workers }: BenchResults): Target[] {
  const scenarios = [...new Set(workers.map(({ scenario }) => scenario))];
  if (scenarios.length === 0) return [workersTarget('', null)];
  return scenarios.map((scenario) => workersTarget(`, ${scenario}`, growthOf(workers, scenario)));
}

function workersTarget(scenario: string, growth: Spread | null): Target {
  return judge({
    what: `growth of CPU per packet out from 1 to 2 workers${scenario}`,
    wanted: `< ${percent(WORKERS_GROWTH_TARGET)}`,
    measured: growth === null ? null : percent(growth.median - 1),
    isMet: growth !== null && growth.median - 1 < WORKERS_GROWTH_TARGET,
    remark: '',
  });
}

/** Compares the median: extremes are what else the machine did. */
function atMost(what: string, values: Spread | null, most: number, unit: string, remark: string): Target {
  const suffix = unit === '' ? '' : ` ${unit}`;
  return judge({
    what,
    wanted: `≤ ${most}${suffix}`,
    measured: values === null ? null : spread(values, suffix),
    isMet: values !== null && values.median <= most,
    remark,
  });
}
