/** Writes what was found of large rooms as Markdown and as a plot. */
import type { Machine } from '../machine.js';
import { image, number, percent, spread, table } from '../report/markdown.js';
import { drawPlot, type PlotSeries } from '../report/plot.js';
import type { Spread } from '../report/statistics.js';
import { formatMachine } from '../report.js';
import { figuresOf, growthExponent, type RowFigures } from './figures.js';
import type { RowSample } from './measure-row.js';
import { type Kind, LOUDEST, nameOf, PANEL, SIZES, SPEAKERS } from './rows.js';

export interface RoomsResults {
  readonly at: string;
  readonly commit: string | null;
  readonly command: string;
  readonly minutes: number;
  readonly machine: Machine;
  readonly rounds: number;
  readonly seconds: number;
  readonly samples: readonly RowSample[];
  /** Rooms that could not be measured, and why. */
  readonly gaps: readonly string[];
}

const MEGABYTE = 1e6;
/** Above this the load generator's core limits what is measured. */
const MAX_GENERATOR_LOAD = 0.9;
const PLOT_FILE = 'rooms.svg';

/** @returns lines of Markdown */
export function roomsTable({ samples }: RoomsResults): string[] {
  const head = [
    'room',
    'forwarded',
    'packets/s in',
    'packets/s out',
    'of one core',
    'µs per packet out',
    'lost',
    'memory',
    'all joined in',
  ];
  return table(head, figuresOf(samples).map(cellsOf), 2);
}

function cellsOf(figures: RowFigures): string[] {
  const { row, packetsIn, packetsOut, load, microsecondsPerPacketOut, loss } = figures;
  const isLimited = figures.generatorLoad.median > MAX_GENERATOR_LOAD;
  return [
    nameOf(row),
    row.loudest === 0 ? 'all' : `the loudest ${row.loudest}${row.inSlots ? ', in slots' : ''}`,
    number(packetsIn.median),
    number(packetsOut.median),
    `**${percentOf(load)}**${isLimited ? ' †' : ''}`,
    spread(microsecondsPerPacketOut),
    figures.isCarried ? percent(loss.median) : `🔴 ${percent(loss.median)}`,
    `${number(figures.residentBytes.median / MEGABYTE)} MB`,
    `${number(figures.joinSeconds.median)} s`,
  ];
}

function percentOf({ median, min, max, rounds }: Spread): string {
  const range = rounds > 1 ? ` (${percent(min)}–${percent(max)})` : '';
  return `${percent(median)}${range}`;
}

/** @returns the text of an SVG file */
export function roomsPlot(results: RoomsResults): string {
  const figures = figuresOf(results.samples).filter(({ isCarried }) => isCarried);
  const seriesOf = (
    kind: Kind,
    limited: boolean,
    name: string,
    colour: PlotSeries['colour'],
  ): PlotSeries => ({
    name,
    colour,
    points: figures
      .filter(({ row }) => row.kind === kind && row.loudest > 0 === limited)
      .map(({ row, load: { median, min, max } }) => ({
        x: row.participants,
        y: 100 * median,
        min: 100 * min,
        max: 100 * max,
      })),
  });
  const series = [
    seriesOf('everybody', false, 'all publish, all heard', 'red'),
    seriesOf('panel', false, `${PANEL} publish, all heard`, 'orange'),
    seriesOf('everybody', true, `all, loudest ${LOUDEST}`, 'blue'),
    seriesOf('panel', true, `${PANEL}, loudest ${LOUDEST}`, 'green'),
  ];
  return drawPlot({
    title: 'What large rooms cost',
    subtitle: `Rooms that were carried without loss; ${SPEAKERS} speak at a time. ${results.machine.processor}, ${results.at.slice(0, 10)}`,
    xLabel: 'participants',
    xTicks: SIZES,
    yLabel: 'CPU time, % of one core',
    series: series.filter(({ points }) => points.length > 0),
  });
}

/** @returns the whole page */
export function composeRoomsPage(results: RoomsResults): string {
  const { at, commit, command, minutes, machine, rounds, seconds, gaps } = results;
  const lines = [
    '# Scaling: large rooms, measured',
    '',
    `Made by \`${command}\` in ${number(minutes)} minutes, which writes this page, its plot and the raw numbers`,
    `([rooms.json](rooms.json)).${commit === null ? '' : ` The engine is that of commit ${commit}.`}`,
    '',
    `**The machine of all figures: ${formatMachine(machine)}, ${at.slice(0, 10)}.** Times of different machines do not`,
    'compare.',
    '',
    ...image('What large rooms cost', PLOT_FILE),
    ...roomsTable(results),
    '† The load generator used its core up: the engine may have carried more.',
    '',
    ...growthLines(results),
    '## How it was measured',
    '',
    '- The engine, with one media worker, has a core to itself with all its threads; the participants share another. They are real',
    '  ones but for the sound: ICE, DTLS, SRTP, each with its own socket, 50 packets a second of 100 octets, of which one in a hundred',
    '  is decrypted and held against what was sent.',
    `- ${SPEAKERS} publishers speak at a time, in turns of three seconds; the microphones of all others are open and send the noise of a`,
    '  quiet room, without discontinuous transmission. Who has muted, or sends nothing while silent, costs less.',
    '- Where slots are named, each participant has that many m-lines in place of one per publisher.',
    '- Lost: packets that sequence numbers announce to a subscriber and that did not come. What the engine leaves out is',
    '  not announced; above 0.1% (🔴) one core does not carry the room.',
    '- CPU time is that of the whole engine with the kernel’s work for it, from /proc.',
    `- ${rounds} ${rounds === 1 ? 'round' : 'rounds'} of ${seconds} s; medians with least and greatest.`,
    ...gaps.map((gap) => `- Not measured: ${gap}`),
  ];
  return `${lines.join('\n').trimEnd()}\n`;
}

function growthLines({ samples }: RoomsResults): string[] {
  const figures = figuresOf(samples);
  const exponentOf = (kind: Kind, limited: boolean) =>
    growthExponent(figures.filter(({ row }) => row.kind === kind && row.loudest > 0 === limited));
  const lines = [
    ['open microphones, all forwarded', exponentOf('everybody', false)] as const,
    [`open microphones, the loudest ${LOUDEST}`, exponentOf('everybody', true)] as const,
    [`${PANEL} publishers, the loudest ${LOUDEST}`, exponentOf('panel', true)] as const,
  ].flatMap(([what, exponent]) =>
    exponent === null ? [] : [`- ${what}: participants to the power of ${number(exponent)}`],
  );
  return lines.length === 0 ? [] : ['Packets out grow with', '', ...lines, ''];
}
