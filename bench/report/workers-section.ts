/** The report's part on more than one media worker. */
import { spread, table } from './markdown.js';
import type { BenchResults, WorkersSample } from './results.js';
import type { Section } from './section.js';
import { ratioSpread, type Spread, spreadOf } from './statistics.js';

export function workersSection({ workers }: BenchResults): Section | null {
  if (workers.length === 0) return null;
  const rows = [...new Set(workers.map(({ scenario }) => scenario))].map((scenario) => [
    scenario,
    ...[1, 2].map((count) => spread(spreadOf(valuesOf(workers, scenario, count).map(({ value }) => value)))),
    spread(growthOf(workers, scenario)),
  ]);
  return {
    lines: [
      '## Every core',
      '',
      'CPU microseconds per packet out with one media worker and with two, by turns. The engine may use both cores.',
      'Many rooms are on one worker each; a room of 510 is spread over both, and what crosses between them is counted.',
      '',
      ...table(['', '1 worker', '2 workers', 'ratio'], rows),
    ],
    plots: [],
  };
}

/** @returns by how much two workers cost more per packet than one; 1 for the same */
export function growthOf(workers: readonly WorkersSample[], scenario: string): Spread | null {
  return ratioSpread(valuesOf(workers, scenario, 2), valuesOf(workers, scenario, 1));
}

function valuesOf(workers: readonly WorkersSample[], scenario: string, count: number) {
  return workers
    .filter((sample) => sample.scenario === scenario && sample.workers === count)
    .map(({ round, microsecondsPerPacketOut }) => ({ round, value: microsecondsPerPacketOut }));
}
