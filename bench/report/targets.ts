/** What the engine is to reach, and whether it does. */
import { KRAKEN_NAME } from '../options.js';
import { meshOf, SMALL_ROOMS } from '../scenarios.js';
import { costOf, ratioToFloor, ratioToPeer } from './figures.js';
import { number, spread, table } from './markdown.js';
import type { BenchResults } from './results.js';
import type { Spread } from './statistics.js';

export type Verdict = 'met' | 'missed' | 'not measured';

export interface Target {
  readonly what: string;
  /** With its unit. */
  readonly wanted: string;
  readonly measured: string;
  readonly verdict: Verdict;
  /** What the figure has to be seen against, or why there is none. */
  readonly remark: string;
}

/** CPU microseconds per packet out, at most. */
const COST_TARGETS: readonly (readonly [scenario: string, most: number])[] = [
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
const SIGNS: Readonly<Record<Verdict, string>> = {
  met: '🟢 met',
  missed: '🔴 **missed**',
  'not measured': '⚪ not measured',
};

export function targetsOf(results: BenchResults): Target[] {
  return [
    ...COST_TARGETS.map(([scenario, most]) => costTarget(results, scenario, most)),
    ...RATIO_TARGETS.map(([scenario, most]) => ratioTarget(results, scenario, most)),
  ];
}

/**
 * @param isComplete whether targets that were not measured are told as well
 * @returns lines of Markdown
 */
export function targetsTable(results: BenchResults, isComplete: boolean): string[] {
  const targets = targetsOf(results).filter(({ verdict }) => isComplete || verdict !== 'not measured');
  const rows = targets.map(({ what, wanted, measured, verdict, remark }) => [
    what,
    wanted,
    verdict === 'missed' ? `**${measured}**` : measured,
    SIGNS[verdict],
    remark,
  ]);
  return table(['target', 'wanted', 'measured', '', 'beside it'], rows, 5);
}

/** @returns lines for a terminal */
export function formatTargets(results: BenchResults): string {
  return targetsOf(results)
    .filter(({ verdict }) => verdict !== 'not measured')
    .map(
      ({ what, wanted, measured, verdict }) => `${verdict.padEnd(7)} ${what}: ${measured}, wanted ${wanted}`,
    )
    .join('\n');
}

function costTarget(results: BenchResults, scenario: string, most: number): Target {
  const toFloor = ratioToFloor(results, KRAKEN_NAME, scenario);
  return {
    what: `CPU per packet out, ${scenario}`,
    ...compare(costOf(results, KRAKEN_NAME, scenario), most, ' µs'),
    remark: toFloor === null ? '' : `${number(toFloor.median)} times the floor of this machine`,
  };
}

function ratioTarget(results: BenchResults, scenario: string, most: number): Target {
  const peer = costOf(results, PEER, scenario);
  return {
    what: `its ratio to ${PEER}'s, ${scenario}`,
    ...compare(ratioToPeer(results, PEER, scenario), most, ''),
    remark: peer === null ? '' : `${PEER}: ${number(peer.median)} µs`,
  };
}

/** Compares the median: extremes are what else the machine did. */
function compare(
  values: Spread | null,
  most: number,
  unit: string,
): Pick<Target, 'wanted' | 'measured' | 'verdict'> {
  const wanted = `≤ ${most}${unit}`;
  if (values === null) return { wanted, measured: '–', verdict: 'not measured' };
  return { wanted, measured: spread(values, unit), verdict: values.median <= most ? 'met' : 'missed' };
}
