import { describe, expect, test } from 'vitest';
import { FLOODS } from './floods.js';
import { composeFloodsPage, dearFloods, type FloodsResults } from './floods-report.js';
import { parseFloodsOptions } from './options.js';
import { parseDrops } from './read-drops.js';

const MACHINE = { processor: 'a processor', cores: 2, memoryBytes: 8e9, kernel: 'linux', node: 'v22' };

function results(cost: number): FloodsResults {
  return {
    at: '2026-01-31T12:00:00Z',
    commit: 'abcdef0',
    command: 'npm run bench:floods',
    minutes: 2,
    machine: MACHINE,
    floods: FLOODS.slice(0, 2),
    seconds: 2,
    rounds: [1, 2].map((speed) => ({
      microsecondsPerForwarded: 10 * speed,
      microsecondsPerPacket: new Map([
        ['junk', cost * speed],
        ['RTP', 5 * speed],
      ]),
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
    expect(parseFloodsOptions(['--only', 'STUN'])?.floods.length).toBe(3);
    expect(() => parseFloodsOptions(['--only', 'rain'])).toThrow('no flood is called so');
  });
});

test('counts of drops are summed over workers', () => {
  const line = (worker: number, count: number) =>
    `kraken_dropped_packets_total{worker="${worker}",reason="too-short"} ${count}`;
  expect(parseDrops(`# HELP x\n${line(0, 3)}\n${line(1, 4)}\n`)).toEqual(new Map([['too-short', 7]]));
});

describe('the page', () => {
  test('forms ratios within each round', () => {
    expect(composeFloodsPage(results(2))).toContain('| junk | where nobody is | `unknown-source` | 3.00');
    expect(composeFloodsPage(results(2))).toContain('**0.200 (0.200–0.200)**');
  });

  test('names floods that cost as much as forwarding', () => {
    expect(dearFloods(results(2))).toEqual([]);
    expect(dearFloods(results(11))).toEqual(['junk: a packet costs 1.10 times what forwarding one does']);
  });
});
