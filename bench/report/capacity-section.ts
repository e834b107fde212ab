/** The report's part on the most that one core carries. */
import { type Bar, drawBars } from './bars.js';
import { image, number, percent, table } from './markdown.js';
import type { BenchResults, CapacitySample } from './results.js';
import { type Section, sfuColour, subtitleOf } from './section.js';
import { CAPACITY_TARGET } from './targets.js';

const FILE = 'capacity.svg';
const LIMITS = {
  sfu: 'the SFU',
  generator: 'the load generator',
  others: 'what else the machine did',
  limit: 'the search’s own limit',
} as const;

export function capacitySection(results: BenchResults): Section | null {
  const { capacity } = results;
  if (capacity.length === 0) return null;
  const title = 'Packets per second out of one core, less than 0.1% lost';
  const bars = capacity.flatMap(barOf);
  const svg =
    bars.length === 0
      ? null
      : drawBars({
          title,
          subtitle: subtitleOf(results),
          bars,
          target: { value: CAPACITY_TARGET, name: `target: ${number(CAPACITY_TARGET)}` },
        });
  return {
    lines: [
      '## The most that one core carries',
      '',
      'One room in which all speak grows until 0.1% of the packets are lost; a longer run confirms what the search found.',
      'The participants have only one core as well, so what limits is told.',
      '',
      ...(svg === null ? [] : image(title, FILE)),
      ...table(
        ['', 'packets/s out', 'participants', 'lost', 'load of the core', 'limited by'],
        capacity.map(rowOf),
      ),
    ],
    plots: svg === null ? [] : [{ file: FILE, svg }],
  };
}

function barOf({ sfu, result }: CapacitySample): Bar[] {
  const { packetsPerSecond } = result;
  if (packetsPerSecond === null) return [];
  const parts = [{ value: packetsPerSecond, colour: sfuColour(sfu) }];
  return [{ name: sfu, parts, label: number(Math.round(packetsPerSecond)) }];
}

function rowOf({ sfu, result }: CapacitySample): string[] {
  const { packetsPerSecond, size, loss, sfuLoad, limitedBy } = result;
  const shown = (value: number | null, format: (value: number) => string) =>
    value === null ? '–' : format(value);
  return [
    sfu,
    shown(packetsPerSecond, (value) => number(Math.round(value))),
    shown(size, String),
    shown(loss, percent),
    shown(sfuLoad, percent),
    LIMITS[limitedBy],
  ];
}
