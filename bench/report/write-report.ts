/** Puts the report together: Markdown, plots, and the raw numbers. */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { formatMachine } from '../report.js';
import { capacitySection } from './capacity-section.js';
import { costSection } from './cost-section.js';
import { floorSection } from './floor-section.js';
import { joinsSection } from './joins-section.js';
import { latencySection } from './latency-section.js';
import { number } from './markdown.js';
import { memorySection } from './memory-section.js';
import { methodSection } from './method-section.js';
import { kernelSection, sendSection } from './micro-section.js';
import { profileSection } from './profile-section.js';
import type { BenchResults } from './results.js';
import type { Section } from './section.js';
import { targetsTable } from './targets.js';
import { workersSection } from './workers-section.js';

export interface Report {
  readonly markdown: string;
  readonly plots: Section['plots'];
}

/**
 * Writes README.md, its plots and results.json.
 * @returns the path of README.md
 */
export function writeReport(folder: string, results: BenchResults): string {
  const { markdown, plots } = composeReport(results);
  mkdirSync(folder, { recursive: true });
  for (const { file, svg } of plots) writeFileSync(path.join(folder, file), svg);
  writeFileSync(path.join(folder, 'results.json'), `${JSON.stringify(results)}\n`);
  const readme = path.join(folder, 'README.md');
  writeFileSync(readme, markdown);
  return readme;
}

export function composeReport(results: BenchResults): Report {
  const sections = [
    costSection(results),
    profileSection(results),
    capacitySection(results),
    latencySection(results),
    joinsSection(results),
    memorySection(results),
    workersSection(results),
    floorSection(results),
    kernelSection(results),
    sendSection(results),
    methodSection(results),
  ].filter((section) => section !== null);
  const lines = [...headOf(results), ...sections.flatMap((section) => section.lines)];
  return { markdown: `${lines.join('\n').trimEnd()}\n`, plots: sections.flatMap(({ plots }) => plots) };
}

function headOf(results: BenchResults): string[] {
  const { at, commit, command, minutes, machine } = results;
  return [
    '# Performance',
    '',
    `Made by \`${command}\` in ${number(minutes)} minutes, which writes this page, its plots and the raw numbers`,
    `([results.json](results.json)).${commit === null ? '' : ` The engine is that of commit ${commit}.`}`,
    '',
    `**The machine of all figures: ${formatMachine(machine)}, ${at.slice(0, 10)}.** Times of different machines do not`,
    'compare; ratios within a run do.',
    '',
    '## Targets',
    '',
    'Those in microseconds were set for a machine on which a packet takes 1.25 µs to send. A target is met by the median.',
    'For what is missed see [where the CPU time goes](#where-the-cpu-time-goes).',
    '',
    ...targetsTable(results, results.isFull),
  ];
}
