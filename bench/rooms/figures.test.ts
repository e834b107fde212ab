import { expect, test } from 'vitest';
import { figuresOf, growthExponent } from './figures.js';
import type { RowSample } from './measure-row.js';
import { ROWS, type Row } from './rows.js';

function sampleOf(row: Row, round: number, more: Partial<RowSample>): RowSample {
  return {
    row,
    round,
    packetsInPerSecond: 500,
    packetsOutPerSecond: 5_000,
    loss: 0,
    load: 0.1,
    microsecondsPerPacketOut: 1,
    residentBytes: 1e8,
    joinSeconds: 1,
    generatorLoad: 0.5,
    othersLoad: 0,
    faults: [],
    ...more,
  };
}

function rowsOf(loudest: number): Row[] {
  return ROWS.filter((row) => row.kind === 'panel' && row.loudest === loudest);
}

test('rounds of a room come to their median, and forwarding all is another room than the loudest', () => {
  const [all] = rowsOf(0);
  const [some] = rowsOf(3);
  if (all === undefined || some === undefined) throw new Error('no rooms');
  const samples = [0.1, 0.3, 0.2].map((load, round) => sampleOf(all, round, { load }));
  const figures = figuresOf([...samples, sampleOf(some, 0, { load: 0.9, loss: 0.01 })]);
  expect(figures.map(({ load, isCarried }) => [load.median, isCarried])).toEqual([
    [0.2, true],
    [0.9, false],
  ]);
});

test('growth is told by what the engine sends: linear, or the square', () => {
  const grown = (power: number) =>
    figuresOf(
      rowsOf(3).map((row) => sampleOf(row, 0, { packetsOutPerSecond: 10 * row.participants ** power })),
    );
  expect(growthExponent(grown(1))).toBeCloseTo(1);
  expect(growthExponent(grown(2))).toBeCloseTo(2);
  expect(growthExponent([])).toBeNull();
});
