import { pino } from 'pino';
import { Registry } from 'prom-client';
import { beforeEach, expect, test } from 'vitest';
import type { ParticipantStatistics } from '../contract/statistics.js';
import { SimulatedClient } from '../room/testing/simulated-client.js';
import { TestEngine } from '../room/testing/test-engine.js';
import { Dashboard } from './dashboard.js';
import { describeDashboard } from './dashboard-metrics.js';
import type { WatchedWorker } from './reading.js';

let engine: TestEngine;
let dashboard: Dashboard;
let now: number;
let participants: ParticipantStatistics[];
let isDraining: boolean;

const worker: WatchedWorker = {
  index: 0,
  busy: 0.4,
  packetsPerSecond: 900,
  transports: 2,
  isAvailable: true,
  statistics: async () => null,
  participants: async () => participants,
};

beforeEach(() => {
  now = 1_000_000;
  isDraining = false;
  participants = [];
  engine = new TestEngine();
  dashboard = new Dashboard({
    version: '1.2.3',
    workers: [worker],
    control: engine.control,
    isDraining: () => isDraining,
    sockets: () => 7,
    logger: pino({ level: 'silent' }),
    now: () => now,
  });
});

function publish(uid: string): number {
  return engine.publish('r', uid, new SimulatedClient('sendrecv').offer()).transportId;
}

/** Takes a sample, as the timer does. */
async function sample(): Promise<void> {
  await dashboard.start();
  dashboard.stop();
}

function statisticsOf(
  transportId: number,
  uplinkLost: number,
  uplinkExpected: number,
): ParticipantStatistics {
  return {
    transportId,
    packetsIn: 0,
    octetsIn: 0,
    packetsOut: 0,
    octetsOut: 0,
    uplinkLost,
    uplinkExpected,
    uplinkJitter: 0,
    uplinkRoundTrip: null,
    downlinkLoss: 0.04,
    downlinkJitter: null,
    downlinkRoundTrip: null,
  };
}

/** Of 100 packets each. */
async function lose(lost: Readonly<Record<number, number>>): Promise<void> {
  participants = Object.keys(lost).map((transportId) => statisticsOf(Number(transportId), 0, 0));
  await sample();
  now += 2_000;
  participants = Object.entries(lost).map(([transportId, count]) =>
    statisticsOf(Number(transportId), count, 100),
  );
  await sample();
}

test('each sample counts every participant in what Prometheus is told of networks', async () => {
  await lose({ [publish('ann')]: 8, [publish('bob')]: 0 });
  const registry = new Registry();
  describeDashboard(registry, dashboard);
  const text = await registry.metrics();
  expect(text).toContain('kraken_participant_loss_ratio_count{direction="uplink"} 2\n');
  expect(text).toContain('kraken_participant_loss_ratio_bucket{le="0.05",direction="uplink"} 1\n');
});

test('who loses packets is shown with the next sample, in the overview, the room and the count', async () => {
  const [ann, bob] = [publish('ann'), publish('bob')];
  await lose({ [ann]: 8, [bob]: 0 });
  const { attention, loss, census } = dashboard.overview();
  expect(attention.map(({ uid, reasons }) => [uid, reasons])).toEqual([
    ['ann', ['uplink-loss', 'downlink-loss']],
    ['bob', ['downlink-loss']],
  ]);
  expect(attention[0]?.uplink.loss).toBe(0.08);
  expect(loss).toEqual([
    { threshold: 0.02, uplink: 1, downlink: 2 },
    { threshold: 0.05, uplink: 1, downlink: 0 },
    { threshold: 0.1, uplink: 0, downlink: 0 },
  ]);
  expect(census).toMatchObject({ rooms: 1, participants: 2, sockets: 7 });
  expect(dashboard.room('r')?.participants.map(({ uplink }) => uplink.loss)).toEqual([0.08, 0]);
  expect(dashboard.room('s')).toBeNull();
  const { series } = dashboard.history(5);
  expect([series.lossy?.at(-1), series.uplinkLossP95?.at(-1)]).toEqual([2, 0.08]);
});

test('the history holds rooms, joins, the process and each worker', async () => {
  publish('ann');
  now += 4_000;
  await sample();
  const { series } = dashboard.history(60);
  const newest = Object.fromEntries(Object.entries(series).map(([name, values]) => [name, values.at(-1)]));
  expect(newest).toMatchObject({ rooms: 1, participants: 1, publishing: 0, joins: 0.25, busy0: 0.4 });
  expect(newest.memory).toBeGreaterThan(1_000_000);
  expect(newest.connectedP50).toBeNull();
});

test('an engine that drains says so', () => {
  expect(dashboard.overview().engine).toMatchObject({ version: '1.2.3', state: 'serving' });
  isDraining = true;
  expect(dashboard.overview().engine.state).toBe('draining');
});

test('metrics count participants, and have as many lines whoever is there', async () => {
  const scrape = async () => {
    const registry = new Registry();
    describeDashboard(registry, dashboard);
    return registry.metrics();
  };
  const before = await scrape();
  const ann = publish('ann');
  engine.tell({ type: 'transport-connected', transportId: ann });
  engine.startMedia(ann);
  await lose({ [ann]: 8 });
  const after = await scrape();
  for (const line of [
    'kraken_participants_by_state{state="connected"} 1',
    'kraken_participants_by_state{state="publishing"} 1',
    'kraken_participants_by_state{state="speaking"} 0',
    'kraken_lossy_participants{direction="uplink",above="0.05"} 1',
    'kraken_lossy_participants{direction="uplink",above="0.1"} 0',
    'kraken_joins_total 1',
    'kraken_failed_joins_total 0',
    'kraken_sockets 7',
    'kraken_join_duration_seconds_count{until="connected"} 1',
    'kraken_join_duration_seconds_count{until="media"} 1',
  ]) {
    expect(after).toContain(`${line}\n`);
  }
  expect(after).not.toContain('ann');
  expect(after.split('\n')).toHaveLength(before.split('\n').length);
});
