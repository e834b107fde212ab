import { beforeEach, expect, test } from 'vitest';
import { SimulatedClient } from '../room/testing/simulated-client.js';
import { TestEngine } from '../room/testing/test-engine.js';
import { JoinTimes, LatestTimes, MAX_JOIN_TIMES } from './join-times.js';

let engine: TestEngine;
let joins: JoinTimes;
let now: number;
beforeEach(() => {
  now = 1_000;
  engine = new TestEngine();
  joins = new JoinTimes(() => now);
  engine.control.observe(joins);
});

function publish(uid: string): number {
  return engine.publish('r', uid, new SimulatedClient('sendrecv').offer()).transportId;
}

function connect(transportId: number): void {
  engine.tell({ type: 'transport-connected', transportId });
}

test('a join is timed from publish until it is connected, and until its media comes', async () => {
  const transport = publish('ann');
  now += 120;
  connect(transport);
  now += 30;
  engine.startMedia(transport);
  expect(joins.untilConnected.percentiles(0)).toEqual({ count: 1, p50: 120, p95: 120, p99: 120 });
  expect(joins.untilMedia.percentiles(0)).toMatchObject({ count: 1, p50: 150 });
  const { values } = await joins.histogram.get();
  const sum = values.find(
    ({ metricName, labels }) => metricName === 'kraken_join_duration_seconds_sum' && labels.until === 'media',
  );
  expect(sum?.value).toBeCloseTo(0.15);
});

test('only the first of each counts', () => {
  const transport = publish('ann');
  connect(transport);
  connect(transport);
  engine.startMedia(transport);
  engine.control.operator.silence('r', 'ann', true);
  expect(joins.untilConnected.percentiles(0).count).toBe(1);
  expect(joins.untilMedia.percentiles(0).count).toBe(1);
});

test('a uid that comes again joins again', () => {
  publish('ann');
  connect(publish('ann'));
  expect(joins.joins).toBe(2);
  expect(joins.untilConnected.percentiles(0).count).toBe(1);
});

test('who is lost before being connected has failed to join; who leaves has not', () => {
  engine.loseTransport(publish('ann'));
  const connected = publish('bob');
  connect(connected);
  engine.loseTransport(connected);
  publish('eve');
  engine.control.operator.remove('r', 'eve');
  expect([joins.joins, joins.failures]).toEqual([3, 1]);
});

test('percentiles are of the time asked for, and of none there are none', () => {
  const times = new LatestTimes();
  expect(times.percentiles(0)).toEqual({ count: 0, p50: null, p95: null, p99: null });
  times.add(9_999, 0);
  for (let value = 100; value >= 1; value--) times.add(value, 50);
  expect(times.percentiles(50)).toEqual({ count: 100, p50: 50, p95: 95, p99: 99 });
});

test('only the latest times are kept', () => {
  const times = new LatestTimes();
  for (let value = 0; value < 3 * MAX_JOIN_TIMES; value++) times.add(value, value);
  const { count, p50 } = times.percentiles(0);
  expect(count).toBe(MAX_JOIN_TIMES);
  expect(p50).toBe(2.5 * MAX_JOIN_TIMES - 1);
});
