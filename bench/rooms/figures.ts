/** What the samples of a room come to. */
import { type Spread, spreadOf } from '../report/statistics.js';
import type { RowSample } from './measure-row.js';
import { nameOf, type Row } from './rows.js';

/** Lost packets above this share, and the engine does not carry the room. */
const MAX_LOSS = 0.001;

export interface RowFigures {
  readonly row: Row;
  readonly packetsIn: Spread;
  readonly packetsOut: Spread;
  readonly load: Spread;
  readonly microsecondsPerPacketOut: Spread;
  readonly loss: Spread;
  readonly residentBytes: Spread;
  readonly joinSeconds: Spread;
  readonly generatorLoad: Spread;
  /** Whether the room runs on one core. */
  readonly isCarried: boolean;
}

/** @returns the rooms in the order of their first samples */
export function figuresOf(samples: readonly RowSample[]): RowFigures[] {
  const byRow = new Map<string, RowSample[]>();
  for (const sample of samples) {
    const key = `${nameOf(sample.row)} ${sample.row.loudest}`;
    byRow.set(key, [...(byRow.get(key) ?? []), sample]);
  }
  return [...byRow.values()].flatMap(figuresOfRow);
}

function figuresOfRow(samples: readonly RowSample[]): RowFigures[] {
  const [first] = samples;
  if (first === undefined) return [];
  const spread = (value: (sample: RowSample) => number): Spread =>
    spreadOf(samples.map(value)) ?? { median: Number.NaN, min: Number.NaN, max: Number.NaN, rounds: 0 };
  const loss = spread((sample) => sample.loss);
  return [
    {
      row: first.row,
      packetsIn: spread((sample) => sample.packetsInPerSecond),
      packetsOut: spread((sample) => sample.packetsOutPerSecond),
      load: spread((sample) => sample.load),
      microsecondsPerPacketOut: spread((sample) => sample.microsecondsPerPacketOut ?? Number.NaN),
      loss,
      residentBytes: spread((sample) => sample.residentBytes),
      joinSeconds: spread((sample) => sample.joinSeconds),
      generatorLoad: spread((sample) => sample.generatorLoad),
      isCarried: loss.median <= MAX_LOSS,
    },
  ];
}

/** @returns what makes samples worthless or doubtful, in words */
export function faultsOf(samples: readonly RowSample[]): string[] {
  return samples.flatMap(({ row, faults }) => faults.map((fault) => `${nameOf(row)}: ${fault}`));
}

/**
 * How what the engine sends grows when the room grows, between the smallest and the greatest size that is carried.
 * @returns the exponent of a power law: 1 is linear, 2 the square; null for less than two sizes
 */
export function growthExponent(figures: readonly RowFigures[]): number | null {
  const carried = figures.filter(({ isCarried }) => isCarried);
  const [smallest] = carried;
  const greatest = carried.at(-1);
  if (smallest === undefined || greatest === undefined || smallest === greatest) return null;
  const participants = greatest.row.participants / smallest.row.participants;
  return Math.log(greatest.packetsOut.median / smallest.packetsOut.median) / Math.log(participants);
}
