/** What makes figures doubtful, in words: above all what else the machine did meanwhile. */
import { warningsOf } from '../report.js';
import { percent } from './markdown.js';
import type { BenchResults } from './results.js';

/** Others on the SFU's core, and packets that the generator sent late: above these a figure is not worth much. */
const MAX_OTHERS_LOAD = 0.05;
const MAX_LATE_SHARE = 0.01;

export function doubtsOf(results: BenchResults): string[] {
  const { cost, capacity, latency, joins, storms } = results;
  return [
    ...cost.flatMap((sample) => warningsOf(sample).map((warning) => `round ${sample.round + 1}: ${warning}`)),
    ...capacity.flatMap(({ sfu, result }) => others(`capacity of ${sfu}`, result.tries.at(-1)?.othersLoad)),
    ...latency.flatMap(({ sfu, results: loads }) =>
      loads.flatMap(({ share, othersLoad, lateShare }) => {
        const what = `latency of ${sfu} at ${percent(share)} of its capacity`;
        return [...others(what, othersLoad), ...late(what, lateShare)];
      }),
    ),
    ...joins.flatMap(({ sfu, result }) => others(`joins of ${sfu}`, result.othersLoad)),
    ...storms.flatMap(({ sfu, result }) => others(`storm of joins at ${sfu}`, result.joins.othersLoad)),
  ];
}

function others(what: string, load: number | null | undefined): string[] {
  if (load === null || load === undefined || load <= MAX_OTHERS_LOAD) return [];
  return [`${what}: other processes used ${percent(load)} of the SFU's core`];
}

function late(what: string, share: number): string[] {
  return share > MAX_LATE_SHARE ? [`${what}: the generator sent ${percent(share)} of the packets late`] : [];
}
