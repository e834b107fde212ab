/** Redis whose clock leaps, and that is gone, silent or of no use: what monitors know and do meanwhile, and how it heals. */
import { setTimeout as sleep } from 'node:timers/promises';
import { ENGINE_SILENCE } from '@kraken/protocol';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { reportOf } from '../src/registry/cluster.fixture.js';
import { idOf, RegistryBench, STATE } from './registry-bench.js';
import { until } from './until.js';

const LEARNT_WITHIN = 2 * ENGINE_SILENCE;

let bench: RegistryBench;
beforeEach(async () => {
  bench = await RegistryBench.start();
});
afterEach(() => bench.close());

describe('the clock of Redis that leaps', () => {
  test.each([3_600_000, -3_600_000])('by %i ms lets no engine seem silent', async (leap) => {
    const [one, other] = await bench.twoRegistries(reportOf('a', { rooms: ['room'] }), reportOf('b'));
    await bench.command('HINCRBY', STATE, 'wall', String(-leap));
    expect(idOf(await one.claim('room', 'eu', 'join'))).toBe('a');
    await sleep(1_200);
    expect(other.engines).toHaveLength(2);
    expect(idOf(await other.find('room'))).toBe('a');
    await until('forgotten all the same', () => other.engines.length === 0);
  });
});

describe('Redis that is killed', () => {
  test('leaves known rooms where they are, and new ones to an error', async () => {
    const [one, other] = await bench.twoRegistries(reportOf('a', { rooms: ['reported'] }), reportOf('b'));
    const place = idOf(await other.claim('asked', 'eu', 'join'));
    await bench.redis.kill();
    expect(idOf(await one.find('reported'))).toBe('a');
    const recalled = await other.claim('asked', 'eu', 'join');
    expect(idOf(recalled)).toBe(place);
    expect(recalled).toMatchObject({ isRecalled: true });
    await expect(other.claim('asked', 'eu', 'locate')).rejects.toMatchObject({
      name: 'REGISTRY_UNREACHABLE',
    });
    await expect(one.claim('new', 'eu', 'join')).rejects.toMatchObject({ name: 'REGISTRY_UNREACHABLE' });
    await expect(one.find('new')).rejects.toMatchObject({ name: 'REGISTRY_UNREACHABLE' });
    await until('noticed', () => one.status === 'the registry is gone');
    expect(await one.heartbeat(reportOf('a', { rooms: ['reported'] }))).toEqual({
      lost: [],
      drain: false,
      registry: 'gone',
    });
  });

  test('is not needed by a monitor that starts then to find the rooms of engines that it hears', async () => {
    await bench.redis.kill();
    const late = bench.newRegistry();
    await until('noticed', () => late.status === 'the registry is gone');
    await late.heartbeat(reportOf('a', { rooms: ['room'] }));
    expect(idOf(await late.find('room'))).toBe('a');
    expect(late.engines.map(idOf)).toEqual(['a']);
  });

  test('is found by whoever has heard of the room last: the engine, or the one that asked', async () => {
    const [one, other] = await bench.twoRegistries(reportOf('a', { rooms: ['room'] }), reportOf('b'));
    await other.heartbeat(reportOf('a'));
    await other.heartbeat(reportOf('b', { rooms: ['room'] }));
    expect(idOf(await one.find('room'))).toBe('b');
    await bench.redis.kill();
    expect(idOf(await one.find('room'))).toBe('b');
    await until('noticed', () => one.status === 'the registry is gone');
    await one.heartbeat(reportOf('a', { rooms: ['room'] }));
    expect(idOf(await one.find('room'))).toBe('a');
  });

  test('learns from the heartbeats when it is back, and places nothing before', async () => {
    const [one, other] = await bench.twoRegistries(reportOf('a'), reportOf('b'));
    const place = idOf(await one.claim('room', 'eu', 'join'));
    await bench.redis.kill();
    await bench.redis.start();
    await until('back', () => one.status === 'learning' && other.status === 'learning');
    expect(await other.claim('room', 'eu', 'join')).toBe('learning');
    await one.heartbeat(reportOf(place, { rooms: ['room'] }));
    expect(idOf(await other.claim('room', 'eu', 'join'))).toBe(place);
    const isLearnt = async () => {
      await one.heartbeat(reportOf(place, { rooms: ['room'] }));
      return one.status === 'ready';
    };
    await until('learnt', isLearnt, LEARNT_WITHIN);
  });

  test('and comes back with an old snapshot knows nothing of what that says', async () => {
    const [one] = await bench.twoRegistries(reportOf('a', { rooms: ['moved'] }), reportOf('b'));
    await bench.command('SAVE');
    await one.heartbeat(reportOf('a'));
    await bench.redis.kill();
    await bench.redis.start();
    await until('back', () => one.status === 'learning');
    await one.heartbeat(reportOf('a'));
    expect(await one.heartbeat(reportOf('b', { rooms: ['moved'] }))).toMatchObject({ lost: [] });
    expect(idOf(await one.find('moved'))).toBe('b');
  });
});

describe('Redis that answers that it cannot', () => {
  test.each([
    ['is a replica', ['REPLICAOF', '127.0.0.1', '1'], ['REPLICAOF', 'NO', 'ONE']],
    ['is out of memory', ['CONFIG', 'SET', 'maxmemory', '1'], ['CONFIG', 'SET', 'maxmemory', '0']],
    [
      'lacks replicas',
      ['CONFIG', 'SET', 'min-replicas-to-write', '1'],
      ['CONFIG', 'SET', 'min-replicas-to-write', '0'],
    ],
  ])('since it %s counts as silent, and all heals', async (_, fault, remedy) => {
    const [one] = await bench.twoRegistries(reportOf('a', { rooms: ['room'] }), reportOf('b'));
    await bench.command(...fault);
    await expect(one.heartbeat(reportOf('a', { rooms: ['room'] }))).rejects.toMatchObject({
      reason: 'silent',
    });
    await until('noticed', () => one.status === 'the registry is silent');
    expect(idOf(await one.find('room'))).toBe('a');
    await bench.command(...remedy);
    await until('back', () => one.status === 'ready');
    expect(await one.heartbeat(reportOf('a', { rooms: ['room'] }))).toMatchObject({ registry: 'there' });
  });
});

describe('Redis that hangs', () => {
  test('is silent: the engines are told that they were not heard, and all heals', async () => {
    const [one] = await bench.twoRegistries(reportOf('a', { rooms: ['room'] }), reportOf('b'));
    bench.redis.process.kill('SIGSTOP');
    await expect(one.heartbeat(reportOf('a', { rooms: ['room'] }))).rejects.toMatchObject({
      reason: 'silent',
    });
    expect(one.status).toBe('the registry is silent');
    expect(idOf(await one.find('room'))).toBe('a');
    await expect(one.claim('new', 'eu', 'join')).rejects.toMatchObject({ name: 'REGISTRY_UNREACHABLE' });
    bench.redis.process.kill('SIGCONT');
    await until('back', () => one.status === 'ready');
    expect(await one.heartbeat(reportOf('a', { rooms: ['room'] }))).toMatchObject({ registry: 'there' });
    expect(idOf(await one.claim('room', 'eu', 'join'))).toBe('a');
  });
});
