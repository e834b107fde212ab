/** Writes what a soak has shown as Markdown, as plots, and into docs/reliability.md. */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Machine } from '../machine.js';
import { image, number, percent, table } from '../report/markdown.js';
import { drawPlot, type PlotSeries } from '../report/plot.js';
import { formatMachine } from '../report.js';
import type { Reading } from './reading.js';
import type { SoakRun } from './run-soak.js';
import { BOUNDED, EXACT, excesses, type Figure, growthOf, isJudged, warmed } from './verdict.js';

export interface SoakResults extends Omit<SoakRun, 'done'> {
  readonly at: string;
  readonly commit: string | null;
  readonly command: string;
  readonly minutes: number;
  readonly seed: number;
  readonly machine: Machine;
  readonly done: Readonly<Record<string, number>>;
}

/** Of the packets between witnesses: what a machine that others use at the same time may cost. */
export const MAX_LOSS = 0.001;
const MEGABYTE = 1e6;
const THOUSAND = 1_000;
const SECONDS_PER_MINUTE = 60;
const MEMORY_PLOT = 'soak-memory.svg';
const COUNTS_PLOT = 'soak-counts.svg';
const MARKS = ['<!-- soak -->', '<!-- end of soak -->'] as const;

/** @returns why the engine does not pass, in words */
export function faultsOf({ calms, faultCount, faults }: SoakResults): string[] {
  const lost = lossOf(calms);
  return [
    ...calms.flatMap(({ reading, left }) =>
      left.map(
        (difference) => `${(reading.at / SECONDS_PER_MINUTE).toFixed(1)} min: ${difference} in the calm`,
      ),
    ),
    ...excesses(calms.map(({ reading }) => reading)),
    ...(lost > MAX_LOSS ? [`witnesses lost ${percent(lost)} of each other's packets`] : []),
    ...calms.flatMap(({ witnesses }) => witnesses.faults),
    ...(faultCount > 0 ? [`${faultCount} times something went wrong that must not; the first ones:`] : []),
    ...faults,
  ];
}

/** @returns lines of Markdown */
export function soakTables(results: SoakResults): string[] {
  const { base, calms } = results;
  const readings = calms.map(({ reading }) => reading);
  const judged = isJudged(readings);
  const growth = growthOf(readings).map(({ name, first, last, perHour, bound }) => [
    name,
    megabytes(first),
    megabytes(last),
    judged && perHour !== null ? megabytes(perHour) : '–',
    megabytes(bound),
  ]);
  const last = readings.at(-1);
  const counts = Object.entries(EXACT).map(([figure, name]) => [
    name,
    ...[base, warmed(readings)[0], last].map((reading) => countIn(reading, figure)),
    String(Math.max(...results.readings.map((reading) => Number(countIn(reading, figure))))),
  ]);
  return [
    ...table(['in calm, MB', 'first behind the warm-up', 'last', 'per hour', 'may grow per hour by'], growth),
    ...table(['', 'before', 'first calm behind the warm-up', 'last calm', 'most in between'], counts),
    ...summary(results),
    '',
  ];
}

function countIn(reading: Reading | undefined, figure: string): string {
  return reading === undefined || !isFigure(figure) ? '–' : String(reading[figure]);
}

function isFigure(name: string): name is Figure {
  return name in EXACT || name in BOUNDED;
}

function summary({ base, readings, calms, engineLoad, driverLoad }: SoakResults): string[] {
  const last = calms.at(-1)?.reading ?? base;
  const expected = calms.reduce((sum, { witnesses }) => sum + witnesses.expected, 0);
  const arrived = calms.reduce((sum, { witnesses }) => sum + witnesses.arrived, 0);
  const slowest = Math.max(...readings.map(({ answeredIn }) => answeredIn));
  return [
    `${count(last.joins - base.joins)} joins, ${count(last.callsRefused - base.callsRefused)} calls refused, ` +
      `${count(last.packetsDropped - base.packetsDropped)} packets dropped.`,
    `Of ${count(expected)} packets that witnesses were to hear of each other ${count(expected - arrived)} did not come.`,
    `The engine took ${percent(engineLoad)} of a core, the driver ${percent(driverLoad)}; \`/healthz\` was answered in ${number(slowest)} ms at most.`,
  ];
}

function lossOf(calms: SoakResults['calms']): number {
  const expected = calms.reduce((sum, { witnesses }) => sum + witnesses.expected, 0);
  const arrived = calms.reduce((sum, { witnesses }) => sum + witnesses.arrived, 0);
  return expected === 0 ? 1 : 1 - arrived / expected;
}

function count(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}

function megabytes(octets: number): string {
  return Math.abs(octets) < 5_000 ? '0' : number(octets / MEGABYTE);
}

/** Writes docs/soak.md with what belongs to it, and the figures in docs/reliability.md. */
export function writeSoakPage(root: string, results: SoakResults): void {
  const folder = path.join(root, 'docs');
  writeFileSync(path.join(folder, 'soak.json'), `${JSON.stringify(results, rounded)}\n`);
  writeFileSync(path.join(folder, MEMORY_PLOT), memoryPlot(results));
  writeFileSync(path.join(folder, COUNTS_PLOT), countsPlot(results));
  writeFileSync(path.join(folder, 'soak.md'), composeSoakPage(results));
  const reliability = path.join(folder, 'reliability.md');
  writeFileSync(reliability, withFigures(readFileSync(reliability, 'utf8'), results));
  console.log('\nwritten to docs/soak.md and docs/reliability.md');
}

/** To the thousandth: what is beyond tells nothing. */
function rounded(_key: string, value: unknown): unknown {
  return typeof value === 'number' ? Math.round(value * THOUSAND) / THOUSAND : value;
}

/** @returns docs/reliability.md with the figures of this soak */
export function withFigures(document: string, results: SoakResults): string {
  const [begin, end] = MARKS;
  const [start, stop] = [document.indexOf(begin), document.indexOf(end)];
  if (start < 0 || stop < start) throw new Error(`docs/reliability.md has no ${begin} … ${end}`);
  const { command, commit, at } = results;
  const lines = [
    begin,
    `Made by \`${command}\` on ${at.slice(0, 10)}${commit === null ? '' : `, of commit ${commit}`}; docs/soak.md tells how.`,
    '',
    ...soakTables(results),
  ];
  return `${document.slice(0, start)}${lines.join('\n').trimEnd()}\n${document.slice(stop)}`;
}

/** @returns the whole page */
export function composeSoakPage(results: SoakResults): string {
  const { at, commit, command, minutes, seed, machine, done } = results;
  const faults = faultsOf(results);
  const lines = [
    '# Soak',
    '',
    `${number(minutes)} minutes of churn at one engine, and what is left of it. Made by \`${command}\`, which writes this page.`,
    commit === null ? '' : `The engine is that of commit ${commit}.`,
    '',
    `**The machine of all figures: ${formatMachine(machine)}, ${at.slice(0, 10)}.**`,
    '',
    ...soakTables(results),
    ...(faults.length === 0
      ? ['Nothing went wrong.', '']
      : ['What went wrong:', '', ...faults.map((fault) => `- ${fault}`), '']),
    ...image('Memory over the time of the soak', MEMORY_PLOT),
    ...image('Participants, files and rooms over the time of the soak', COUNTS_PLOT),
    '## What was done',
    '',
    ...table(
      ['', 'times'],
      Object.entries(done)
        .sort(([left], [right]) => left.localeCompare(right))
        .map(([name, times]) => [name, count(times)]),
    ),
    '## How it was measured',
    '',
    ...METHOD.map((line) => `- ${line}`),
    `- All chance is from seed ${seed}; what happens when depends on the machine as well.`,
  ];
  return `${lines.join('\n').trimEnd()}\n`;
}

const METHOD = [
  'The engine is that of `npm start`, with two media workers, access tokens and the dashboard, on the loopback interface.',
  'Guests and bad clients are a process of their own, with ICE, DTLS and SRTP of their own over UDP sockets; the witnesses, in three rooms, are another one.',
  'In each calm all guests leave. When nobody but the witnesses is left by the engine’s metrics, garbage is collected in all of its threads, and it is read what the engine holds.',
  'Those readings are compared; the first quarter of them is the engine’s warm-up. Slopes are those of the line with the least squares.',
  'Who has vanished without a word is left to the engine’s time-outs. Counts have to be those from before the first guest came.',
  'Connections to the API are left out of the files: the witnesses’ own come and go.',
  'A guest who hears something that is not a publisher’s packet under its own keys is a fault, as is any call that is answered otherwise than it ought to be.',
];

function memoryPlot({ readings, calms, machine }: SoakResults): string {
  const line = (
    name: string,
    colour: PlotSeries['colour'],
    value: (reading: Reading) => number,
  ): PlotSeries => ({
    name,
    colour,
    style: 'plain',
    points: readings.map((reading) => ({ x: reading.at / SECONDS_PER_MINUTE, y: value(reading) / MEGABYTE })),
  });
  return drawPlot({
    title: 'Memory under churn',
    subtitle: `marks: in calm, garbage collected; ${formatMachine(machine)}`,
    xLabel: 'minutes',
    xTicks: ticksOf(readings),
    yLabel: 'MB',
    series: [
      line('resident', 'blue', ({ residentBytes }) => residentBytes),
      {
        name: 'in calm',
        colour: 'blue',
        style: 'marks',
        points: calms.map(({ reading }) => ({
          x: reading.at / SECONDS_PER_MINUTE,
          y: reading.residentBytes / MEGABYTE,
        })),
      },
      line('heap of calls', 'orange', ({ heapBytes }) => heapBytes),
      line("workers' heaps", 'green', ({ workerHeapBytes }) => workerHeapBytes),
      line('keys and packets', 'purple', ({ workerMemoryBytes }) => workerMemoryBytes),
    ],
  });
}

function countsPlot({ readings, machine }: SoakResults): string {
  const line = (
    name: string,
    colour: PlotSeries['colour'],
    value: (reading: Reading) => number,
  ): PlotSeries => ({
    name,
    colour,
    style: 'plain',
    points: readings.map((reading) => ({ x: reading.at / SECONDS_PER_MINUTE, y: value(reading) })),
  });
  return drawPlot({
    title: 'What the engine has open under churn',
    subtitle: formatMachine(machine),
    xLabel: 'minutes',
    xTicks: ticksOf(readings),
    yLabel: 'count',
    series: [
      line('connections', 'orange', ({ connections }) => connections),
      line('participants', 'blue', ({ participants }) => participants),
      line('other files and sockets', 'green', ({ descriptors }) => descriptors),
      line('rooms', 'purple', ({ rooms }) => rooms),
    ],
  });
}

/** Some six whole minutes. */
function ticksOf(readings: readonly Reading[]): number[] {
  const minutes = (readings.at(-1)?.at ?? 0) / SECONDS_PER_MINUTE;
  const step = Math.max(1, Math.round(minutes / 6));
  return Array.from({ length: Math.floor(minutes / step) + 1 }, (_, i) => i * step);
}
