import { describe, expect, test } from 'vitest';
import { FLOODS } from './floods.js';
import { composeFloodsPage, type FloodsFigures } from './floods-page.js';
import { dearFloods, type FloodsResults } from './floods-report.js';
import type { MemoryFigures } from './memory/measure-memory.js';
import { boundOf, memoryFaults } from './memory/memory-verdict.js';
import { parseFloodsOptions } from './options.js';
import { parseDrops } from './read-drops.js';

const MACHINE = { processor: 'a processor', cores: 2, memoryBytes: 8e9, kernel: 'linux', node: 'v22' };

function results(cost: number): FloodsResults {
  return {
    at: '2026-01-31T12:00:00Z',
    commit: 'abcdef0',
    command: 'npm run bench:floods',
    minutes: 2,
    floods: FLOODS.slice(0, 2),
    seconds: 2,
    rounds: [1, 2].map((speed) => ({
      microsecondsPerForwarded: 10 * speed,
      microsecondsPerPacket: { junk: cost * speed, RTP: 5 * speed },
      faults: [],
    })),
  };
}

describe('the floods', () => {
  test('are of the length that they are named for, and STUN says its own length', () => {
    for (const { name, make } of FLOODS) {
      const datagram = make('abcdefgh:ijkl');
      expect(datagram.length, name).toBeGreaterThan(name.endsWith('long') ? 1390 : 120);
      expect(datagram.length, name).toBeLessThanOrEqual(1400);
      if (name.startsWith('STUN')) expect(datagram.readUInt16BE(2), name).toBe(datagram.length - 20);
    }
  });

  test('are chosen by name, and an unknown name is refused', () => {
    const { floods, memoryFloods } = parseFloodsOptions(['--only', 'STUN']) ?? {};
    expect([floods?.length, memoryFloods?.length]).toEqual([3, 1]);
    expect(() => parseFloodsOptions(['--only', 'rain'])).toThrow('no flood is called so');
  });

  test('are measured in one part or both', () => {
    expect(parseFloodsOptions(['--part', 'cost'])?.memoryFloods).toEqual([]);
    expect(parseFloodsOptions(['--part', 'memory'])?.floods).toEqual([]);
    expect(() => parseFloodsOptions(['--part', 'time'])).toThrow('expected "cost" or "memory"');
  });
});

test('counts of drops are summed over workers', () => {
  const line = (worker: number, count: number) =>
    `kraken_dropped_packets_total{worker="${worker}",reason="too-short"} ${count}`;
  expect(parseDrops(`# HELP x\n${line(0, 3)}\n${line(1, 4)}\n`)).toEqual(new Map([['too-short', 7]]));
});

const MEGABYTE = 1e6;

/** @param first most resident in the first half, MB @param second in the second @param kept in the heap of calls, MB */
function memoryOf(first: number, second: number, kept = 0): MemoryFigures {
  const before = {
    residentBytes: 100 * MEGABYTE,
    heapBytes: 20 * MEGABYTE,
    externalBytes: 4 * MEGABYTE,
    workerHeapBytes: 9 * MEGABYTE,
    workerMemoryBytes: 5 * MEGABYTE,
  };
  return {
    name: 'bodies that never end',
    sent: 1_234,
    counted: 1_000,
    before,
    peaks: [
      { ...before, residentBytes: first * MEGABYTE },
      { ...before, residentBytes: second * MEGABYTE },
    ],
    after: { ...before, heapBytes: before.heapBytes + kept * MEGABYTE },
    calmIn: 3,
    reckoning: { octets: 50 * MEGABYTE, words: 'fifty' },
    faults: [],
  };
}

describe('memory under a flood', () => {
  test('has a bound that follows from what may be held', () => {
    expect(boundOf(memoryOf(120, 120)) / MEGABYTE).toBeCloseTo(100 + 100.66 + 100, 1);
    expect(memoryFaults(memoryOf(280, 290))).toEqual([]);
    expect(memoryFaults(memoryOf(310, 310))).toEqual([
      'bodies that never end: 310.0 MB are resident, where 300.7 MB may be',
    ]);
  });

  test('does not go on growing, and is given back', () => {
    expect(memoryFaults(memoryOf(120, 190))).toEqual([]);
    expect(memoryFaults(memoryOf(120, 200))).toEqual([expect.stringContaining('goes on growing')]);
    expect(memoryFaults(memoryOf(120, 120, 17))).toEqual([
      expect.stringContaining('17.0 MB stay in the heap'),
    ]);
  });

  test('of which nothing was made, or that was called off, is a fault', () => {
    expect(memoryFaults({ ...memoryOf(120, 120), sent: 0 })).toHaveLength(1);
    expect(memoryFaults({ ...memoryOf(120, 120), faults: ['called off'] })).toEqual(['called off']);
  });
});

describe('the page', () => {
  const pageOf = (parts: Partial<FloodsFigures>) =>
    composeFloodsPage({ machine: MACHINE, cost: null, memory: null, ...parts });

  test('forms ratios within each round', () => {
    expect(pageOf({ cost: results(2) })).toContain('| junk | where nobody is | `unknown-source` | 3.00');
    expect(pageOf({ cost: results(2) })).toContain('**0.200 (0.200–0.200)**');
  });

  test('names floods that cost as much as forwarding', () => {
    expect(dearFloods(results(2))).toEqual([]);
    expect(dearFloods(results(11))).toEqual(['junk: a packet costs 1.10 times what forwarding one does']);
  });

  test('has the memory of each flood with its bound, and how that is reckoned', () => {
    const { at, commit, command, minutes } = results(2);
    const memory = { at, commit, command, minutes, seconds: 8, floods: [memoryOf(120, 130)] };
    const page = pageOf({ memory });
    expect(page).toContain('| bodies that never end | 1,234 | 1,000 | 100 | 130 | 130 | **301** | 100 |');
    expect(page).toContain('| bodies that never end | fifty | 50.0 |');
    expect(page).not.toContain('What a packet costs\n');
  });
});
