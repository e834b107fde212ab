/** The report's part on how long a packet takes through an SFU. */
import type { LatencyFigures } from '@kraken/load/latency-histogram';
import { image, number, percent, table } from './markdown.js';
import { drawPlot, type PlotPoint } from './plot.js';
import type { BenchResults } from './results.js';
import { type Section, sfuColour, subtitleOf } from './section.js';

const FILE = 'latency.svg';
const MICROSECONDS = 1000;
/** Percent of the capacity by which the SFUs' whiskers stand apart. */
const APART = 1.5;
/** All that takes longer counts as that long, in microseconds. */
const LONGEST_FLOOR_LATENCY = 65_535;

export function latencySection(results: BenchResults): Section | null {
  const { latency } = results;
  if (latency.length === 0) return null;
  const title = 'Added latency by load';
  const series = latency.map(({ sfu, results: loads }, place) => ({
    name: sfu,
    colour: sfuColour(sfu),
    points: loads.flatMap(({ share, latency: figures }) =>
      pointOf(100 * share + APART * (place - (latency.length - 1) / 2), figures),
    ),
  }));
  const svg = drawPlot({
    title,
    subtitle: `dots: p99; whiskers: from p50 to p99.9 · ${subtitleOf(results)}`,
    xLabel: 'load, % of the SFU’s own capacity',
    xTicks: [...new Set(latency.flatMap(({ results: loads }) => loads.map(({ share }) => 100 * share)))],
    yLabel: 'ms',
    yScale: 'logarithmic',
    series,
  });
  const rows = latency.flatMap(({ sfu, results: loads }) =>
    loads.map(({ share, packetsPerSecond, latency: figures, loss, sfuLoad, lateShare, stolenShare }) => [
      sfu,
      percent(share),
      number(Math.round(packetsPerSecond)),
      ...[figures.p50, figures.p99, figures.p999, figures.max].map(milliseconds),
      percent(loss),
      sfuLoad === null ? '–' : percent(sfuLoad),
      percent(lateShare),
      percent(stolenShare),
    ]),
  );
  const floorLines = floorLinesOf(results);
  const head = ['', 'of its capacity', 'packets/s out', 'p50 ms', 'p99 ms', 'p99.9 ms', 'max ms'];
  return {
    lines: [
      '## Added latency',
      '',
      'From the publisher’s send call to the moment at which the forwarded packet enters the receiver’s network stack, by',
      'the kernel’s time stamps, in one room in which all speak. Garbage collection is contained. “Sent late” is the share',
      'of packets that the generator sent more than 5 ms late and then in step: the greater, the less the figures are worth.',
      '“Stolen” is the share of the time in which the host of a virtual machine let something else run on the SFU’s core:',
      'where it is above a percent, the p99 is the host’s.',
      '',
      ...image(title, FILE),
      ...table([...head, 'lost', 'load of the core', 'sent late', 'stolen'], rows),
      ...floorLines,
    ],
    plots: [{ file: FILE, svg }],
  };
}

/** The physical floor at the same loads. */
function floorLinesOf({ latencyFloor }: BenchResults): string[] {
  if (latencyFloor.length === 0) return [];
  const rows = latencyFloor.map(
    ({ share, gatherMicroseconds, result: { latency, load, packetsOutPerSecond } }) => [
      percent(share),
      number(Math.round(packetsOutPerSecond)),
      gatherMicroseconds === 0 ? 'each packet at once' : `gathered for ${gatherMicroseconds} µs, merged`,
      ...[latency.p50, latency.p99, latency.p999].map(floorLatency),
      percent(load),
    ],
  );
  return [
    'What of it is the machine’s: [the floor](#the-physical-floor), a C program, in a room of the same size as Kraken’s',
    'at that load, its packets timed in the same way. Where it sends each packet at once and has no core left, no',
    'forwarding unit can do without merging, and what merges has to wait.',
    '',
    ...table(
      [
        'of Kraken’s capacity',
        'packets/s out',
        'the floor',
        'p50 ms',
        'p99 ms',
        'p99.9 ms',
        'load of the core',
      ],
      rows,
      3,
    ),
  ];
}

function floorLatency(microseconds: number): string {
  return microseconds >= LONGEST_FLOOR_LATENCY
    ? `> ${milliseconds(LONGEST_FLOOR_LATENCY)}`
    : milliseconds(microseconds);
}

/** @param microseconds null where there is none */
export function milliseconds(microseconds: number | null): string {
  return microseconds === null ? '–' : number(microseconds / MICROSECONDS);
}

function pointOf(x: number, { p50, p99, p999 }: LatencyFigures): PlotPoint[] {
  if (p50 === null || p99 === null || p999 === null) return [];
  return [{ x, y: p99 / MICROSECONDS, min: p50 / MICROSECONDS, max: p999 / MICROSECONDS }];
}
