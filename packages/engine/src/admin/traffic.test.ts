import { expect, test } from 'vitest';
import type { WorkerStatistics } from '../contract/statistics.js';
import type { WorkerReading } from './reading.js';
import { TrafficMeter } from './traffic.js';

function reading(index: number, at: number, counters: Partial<WorkerStatistics> | null): WorkerReading {
  const statistics: WorkerStatistics = {
    type: 'statistics',
    requestId: 1,
    transports: 0,
    packetsIn: 0,
    octetsIn: 0,
    packetsOut: 0,
    octetsOut: 0,
    drops: {},
    rtcp: {},
    retransmission: {},
    redundancy: { recovered: 0, sent: 0, subscribers: 0 },
    holdings: {
      publications: 0,
      subscriptions: 0,
      relayed: 0,
      memoryUsed: 0,
      memorySize: 0,
      heapUsed: 0,
    },
    ...counters,
  };
  return { index, at, statistics: counters === null ? null : statistics, participants: null };
}

test('rates are per second, of all workers together', () => {
  const meter = new TrafficMeter();
  meter.take([reading(0, 0, { packetsIn: 100 }), reading(1, 0, { packetsIn: 7 })]);
  expect(meter.traffic).toBeNull();
  meter.take([
    reading(0, 2_000, { packetsIn: 200, octetsOut: 1_000, drops: { late: 4 } }),
    reading(1, 1_000, { packetsIn: 17, packetsOut: 3, octetsIn: 10, drops: { late: 0 } }),
  ]);
  expect(meter.traffic).toEqual({ packetsIn: 60, packetsOut: 3, bitsIn: 80, bitsOut: 4_000, dropped: 0 });
});

test('drops are told by reason, the most frequent first, and only those that there were', () => {
  const meter = new TrafficMeter();
  meter.take([reading(0, 0, { drops: { old: 50, rare: 0, often: 0, never: 0 } })]);
  meter.take([reading(0, 2_000, { drops: { old: 50, rare: 2, often: 20, never: 0 } })]);
  expect(meter.drops).toEqual([
    { reason: 'often', perSecond: 10, total: 20 },
    { reason: 'rare', perSecond: 1, total: 2 },
    { reason: 'old', perSecond: 0, total: 50 },
  ]);
  expect(meter.traffic?.dropped).toBe(11);
});

test('a worker that was started again counts from 0', () => {
  const meter = new TrafficMeter();
  meter.take([reading(0, 0, { packetsIn: 1_000 })]);
  meter.take([reading(0, 1_000, { packetsIn: 30 })]);
  expect(meter.traffic?.packetsIn).toBe(30);
});

test('a worker that does not answer is left out, and its next rate is of the whole time', () => {
  const meter = new TrafficMeter();
  meter.take([reading(0, 0, { packetsIn: 0 })]);
  meter.take([reading(0, 1_000, null)]);
  expect(meter.traffic).toBeNull();
  meter.take([reading(0, 2_000, { packetsIn: 100 })]);
  expect(meter.traffic?.packetsIn).toBe(50);
});
