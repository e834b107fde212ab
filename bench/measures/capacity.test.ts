import { expect, test } from 'vitest';
import type { Measurement } from '../generator/messages.js';
import { limitOf, type Verdict, verdictOf } from './capacity.js';

const GOOD: Measurement = {
  seconds: 3,
  packetsSent: 1000,
  packetsReceived: 10_010,
  octetsReceived: 0,
  rtcpPacketsReceived: 0,
  expected: 10_000,
  arrived: 9995,
  worstLoss: 0,
  duplicates: 0,
  verified: 0,
  maxLateness: 1,
  lateSends: 0,
  droppedByGenerator: 0,
  latency: null,
  generatorLoad: 0.5,
  faults: [],
  before: null,
  after: null,
  slices: [],
};

/** One second in which the SFU used so much of its core, and all together so much. */
function intervalOf(sfuLoad: number, coreLoad: number): Pick<Measurement, 'before' | 'after'> {
  const process = {
    at: 0,
    cpuSeconds: 0,
    userSeconds: 0,
    systemSeconds: 0,
    threads: [],
    residentBytes: 0,
    voluntarySwitches: 0,
  };
  return {
    before: { process, coreBusySeconds: 0 },
    after: { process: { ...process, at: 1, cpuSeconds: sfuLoad }, coreBusySeconds: coreLoad },
  };
}

test.each<[string, Partial<Measurement>, Verdict]>([
  ['less than 0.1 % are lost', {}, 'carried'],
  ['nothing was expected', { expected: 0, arrived: 0 }, 'sfu-limited'],
  ['more is lost', { arrived: 9990 - 1 }, 'sfu-limited'],
  ['more is lost and the generator is busy', { arrived: 9000, generatorLoad: 0.95 }, 'generator-limited'],
  ['more is lost and the generator is late', { arrived: 9000, lateSends: 20 }, 'generator-limited'],
  ['the generator loses it itself', { arrived: 9000, droppedByGenerator: 900 }, 'generator-limited'],
  ['a packet is not the right one', { faults: ['payload differs'] }, 'sfu-limited'],
  ['all arrives, but later and later', { packetsReceived: 9600 }, 'sfu-limited'],
  ['a queue from before empties', { packetsReceived: 11_000 }, 'sfu-limited'],
  ['more is lost while others use the core', { arrived: 9000, ...intervalOf(0.6, 0.7) }, 'disturbed'],
  ['others use the core, but nothing is lost', intervalOf(0.6, 0.7), 'carried'],
  [
    'more is lost while others use little of the core',
    { arrived: 9000, ...intervalOf(0.6, 0.64) },
    'sfu-limited',
  ],
  ['it is busy and late, but nothing is lost', { generatorLoad: 1, lateSends: 500 }, 'carried'],
])('verdict when %s', (_case, difference, verdict) => {
  expect(verdictOf({ ...GOOD, ...difference })).toBe(verdict);
});

test('the limit is what the least load above the carried one failed by', () => {
  const tryOf = (size: number, verdict: Verdict) => ({ size, verdict });
  const tries = [
    tryOf(10, 'carried'),
    tryOf(40, 'generator-limited'),
    tryOf(20, 'generator-limited'),
    tryOf(20, 'sfu-limited'),
  ];
  expect(limitOf(tries, 10)).toBe('sfu');
  expect(limitOf(tries.slice(0, 3), 10)).toBe('generator');
  expect(limitOf(tries.slice(0, 1), 10)).toBe('limit');
  expect(limitOf([tryOf(20, 'disturbed')], 10)).toBe('others');
});
