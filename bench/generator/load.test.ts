import { afterEach, expect, test } from 'vitest';
import { StandInEngine } from '../../packages/load/src/stand-in-engine.fixture.js';
import { Load } from './load.js';

let engine: StandInEngine | undefined;
let load: Load | undefined;

afterEach(async () => {
  await load?.leave();
  engine?.close();
});

async function joined(publishers: number, listeners: number): Promise<{ engine: StandInEngine; load: Load }> {
  engine = await StandInEngine.start();
  const rooms = [{ publishers, listeners }];
  load = await Load.create({
    target: { kind: 'kraken', url: engine.url },
    rooms,
    sampleShare: 0.5,
    latencyInterval: 4,
    silent: false,
    speakers: 0,
    slots: 0,
    isSelective: false,
    pollSeconds: 0.2,
    seed: 1,
    enginePid: process.pid,
    engineCore: 0,
  });
  await load.join();
  return { engine, load };
}

test('publishers and listeners hear every packet of all other publishers, and verify what they hear', async () => {
  const { load } = await joined(3, 1);
  const measurement = await load.measure(1);
  expect(measurement.faults).toEqual([]);
  expect(measurement.expected).toBeGreaterThanOrEqual(40 * (3 * 2 + 3));
  expect(measurement.arrived).toBe(measurement.expected);
  expect(measurement.worstLoss).toBe(0);
  expect(measurement.verified).toBeGreaterThan(100);
  expect(measurement.after?.process.cpuSeconds).toBeGreaterThan(measurement.before?.process.cpuSeconds ?? 0);
});

test('lost packets are counted against those who ought to have heard them', async () => {
  const { engine, load } = await joined(2, 0);
  engine.mischief = 'lose-every-fourth';
  const { expected, arrived } = await load.measure(1);
  expect(expected).toBeGreaterThanOrEqual(80);
  expect(Math.abs(arrived - expected * 0.75)).toBeLessThanOrEqual(2);
});

test('a payload that is not what the publisher sent is a fault', async () => {
  const { engine, load } = await joined(2, 0);
  engine.mischief = 'spoil-payload';
  const { faults } = await load.measure(0.5);
  expect(faults.join('\n')).toContain('payload differs');
});

test('every fourth packet of each stream is timed from its send call to its arrival', async () => {
  const { load } = await joined(3, 0);
  const { latency, lateSends, droppedByGenerator, expected } = await load.measure(1);
  expect(Math.abs((latency?.samples ?? 0) - expected / 4)).toBeLessThan(expected / 10);
  expect(latency?.p50).toBeGreaterThan(1);
  expect(latency?.p50).toBeLessThanOrEqual(latency?.p99 ?? 0);
  expect(latency?.p99).toBeLessThanOrEqual(latency?.max ?? 0);
  expect(lateSends).toBeGreaterThanOrEqual(0);
  expect(droppedByGenerator).toBe(0);
});

test('others join and leave while a room is running', async () => {
  const { load } = await joined(2, 0);
  const [measurement, cycle] = await Promise.all([
    load.measure(1),
    load.cycle({ joins: 12, concurrency: 4, roomSize: 10, staying: 3 }),
  ]);
  expect(cycle).toMatchObject({ joined: 12, failed: 0, failures: [], joinTime: { samples: 12 } });
  expect(cycle.after?.process.cpuSeconds).toBeGreaterThan(cycle.before?.process.cpuSeconds ?? 0);
  expect(measurement.arrived).toBe(measurement.expected);
});

test('a measurement ends when it is told to', async () => {
  const { load } = await joined(2, 0);
  const measuring = load.measure(60);
  await load.cycle({ joins: 1, concurrency: 1, roomSize: 10, staying: 0 });
  load.finishMeasuring();
  const { seconds, arrived, expected } = await measuring;
  expect(seconds).toBeLessThan(30);
  expect(arrived).toBe(expected);
});
