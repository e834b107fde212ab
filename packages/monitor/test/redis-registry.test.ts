import { setTimeout as sleep } from 'node:timers/promises';
import { ENGINE_SILENCE } from '@kraken/protocol';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { reportOf } from '../src/registry/cluster.fixture.js';
import type { EngineEntry } from '../src/registry/engine-entry.js';
import { type RedisRegistry, ROUTE_LIFETIME } from '../src/registry/redis-registry.js';
import { idOf, RegistryBench } from './registry-bench.js';
import { until } from './until.js';

let bench: RegistryBench;
beforeEach(async () => {
  bench = await RegistryBench.start();
});
afterEach(() => bench.close());

function engineOf(registry: RedisRegistry, engineId: string): EngineEntry {
  const engine = registry.engines.find(({ report }) => report.engineId === engineId);
  if (engine === undefined) throw new Error(`${engineId} is not known`);
  return engine;
}

describe('two monitors that share Redis', () => {
  test('put a room on one engine, however many ask both at the same time', async () => {
    const [one, other] = await bench.twoRegistries(reportOf('a'), reportOf('b'), reportOf('c'));
    for (let i = 0; i < 200; i++) {
      const places = await Promise.all([
        one.claim(`room-${i}`, 'eu', 'join'),
        other.claim(`room-${i}`, 'eu', 'join'),
        one.claim(`room-${i}`, 'eu', 'locate'),
      ]);
      expect(new Set(places.map(idOf)).size).toBe(1);
      expect(idOf(await other.find(`room-${i}`))).toBe(idOf(places[0]));
    }
  });

  test('know the rooms that engines report, by whichever of them', async () => {
    const [one, other] = await bench.twoRegistries(reportOf('a'), reportOf('b'));
    await one.heartbeat(reportOf('a', { rooms: ['r1', 'r2'] }));
    expect(idOf(await other.find('r1'))).toBe('a');
    await other.heartbeat(reportOf('a', { rooms: ['r2', 'r3'] }));
    expect(await one.find('r1')).toBe('none');
    await one.heartbeat(reportOf('a', { rooms: ['r3', 'r4'] }));
    expect(
      await Promise.all(['r1', 'r2', 'r3', 'r4'].map(async (rid) => idOf(await other.find(rid)))),
    ).toEqual(['none', 'none', 'a', 'a']);
    expect(await other.heartbeat(reportOf('b', { rooms: ['r3', 'r5'] }))).toEqual({
      lost: ['r3'],
      drain: false,
      registry: 'there',
    });
    await until('counted', () => one.roomCount === 3 && other.roomCount === 3);
  });

  test('place no more new rooms than they may, and find those that there are', async () => {
    bench.newRooms = { perSecond: 1, burst: 3 };
    const [one, other] = await bench.twoRegistries(reportOf('a', { rooms: ['held'] }), reportOf('b'));
    const claims = (registry: RedisRegistry, ...rids: readonly string[]) =>
      Promise.all(rids.map((rid) => registry.claim(rid, 'eu', 'join').then(idOf, ({ name }) => name)));
    for (const rid of ['r1', 'r2', 'r3']) await claims(one, rid);
    expect(await claims(one, 'r4', 'held')).toEqual(['TOO_MANY_NEW_ROOMS', 'a']);
    expect(await claims(one, 'r1')).toEqual([idOf(await other.find('r1'))]);
    expect(await other.find('r4')).toBe('none');
    expect(await claims(other, 'r4')).toEqual([idOf(await other.find('r4'))]);
    bench.ahead = 1_000;
    expect(await claims(one, 'r5')).not.toContain('TOO_MANY_NEW_ROOMS');
  });

  test('keep nothing of rooms that are asked for and are not there', async () => {
    const [one] = await bench.twoRegistries(reportOf('a'));
    await until('the probe is gone', async () => (await bench.command('EXISTS', '{kraken}:probe')) === 0);
    const keys = await bench.command('DBSIZE');
    for (let i = 0; i < 20_000; i++) expect(await one.find(`room-${i}`)).toBe('none');
    expect(await bench.command('DBSIZE')).toBe(keys);
    expect(one.roomCount).toBe(0);
  });

  test('recall for a while where Redis said that a room is, unless that engine is gone', async () => {
    const [one, other] = await bench.twoRegistries(reportOf('a', { rooms: ['room'] }), reportOf('b'));
    expect(one.recall('room')).toBeNull();
    await one.find('room');
    expect(idOf(one.recall('room') ?? 'nowhere')).toBe('a');
    bench.ahead = ROUTE_LIFETIME / 2;
    await until('surveyed', () => engineOf(one, 'a').isAlive(performance.now() + bench.ahead));
    expect(idOf(one.recall('room') ?? 'nowhere')).toBe('a');
    bench.ahead = ROUTE_LIFETIME;
    await until('surveyed', () => engineOf(one, 'a').isAlive(performance.now() + bench.ahead));
    expect(one.recall('room')).toBeNull();
    await one.find('room');
    expect(idOf(one.recall('room') ?? 'nowhere')).toBe('a');
    await other.remove('a');
    await until('gone', () => one.recall('room') === null);
  });

  test('refuse an engine at whose URL another one lives', async () => {
    const [one, other] = await bench.twoRegistries(reportOf('a'));
    const intruder = reportOf('b', { url: reportOf('a').url });
    await expect(other.heartbeat(intruder)).rejects.toThrow('another engine that is alive has registered');
    await one.remove('a');
    await expect(other.heartbeat(intruder)).resolves.toMatchObject({ lost: [] });
  });

  test('do not take for an engine what somebody writes who does not know the secret', async () => {
    const [one] = await bench.twoRegistries(reportOf('a'));
    const intruder = bench.newRegistry('wrong');
    await until('connected', () => intruder.status === 'no engine has room');
    await intruder.heartbeat(reportOf('intruder'));
    for (let i = 0; i < 50; i++) expect(idOf(await one.claim(`room-${i}`, 'eu', 'join'))).toBe('a');
    await sleep(1_500);
    expect(one.engines.map(idOf)).toEqual(['a']);
  });

  test('let go of what is claimed and never comes, and of what an engine had that has ended', async () => {
    const [one, other] = await bench.twoRegistries(
      reportOf('a', { rooms: ['held'] }),
      reportOf('b', { state: 'draining' }),
    );
    await one.claim('claimed', 'eu', 'join');
    await one.heartbeat(reportOf('a', { rooms: ['held'] }));
    expect(idOf(await other.find('claimed'))).toBe('a');
    await other.remove('a');
    expect(await one.find('claimed')).toBe('none');
    expect(await one.find('held')).toBe('none');
  });

  test("count each other's joins as load until it shows", async () => {
    const [one, other] = await bench.twoRegistries(reportOf('a'));
    for (let i = 0; i < 20; i++) await one.claim(`room-${i}`, 'eu', 'join');
    const [own] = one.engines;
    const [foreign] = other.engines;
    const load = own?.load(performance.now()) ?? 0;
    expect(load).toBeGreaterThan(0);
    await until('counted', () => foreign?.load(performance.now()) === load);
    await sleep(1_500);
    expect(own?.load(performance.now())).toBe(load);
  });

  test('drain an engine: neither gives it a room, those that it holds stay, and it is told so by both', async () => {
    const [one, other] = await bench.twoRegistries(reportOf('a', { rooms: ['old'] }), reportOf('b'));
    expect(await one.drain('a')).toBe(true);
    expect(await one.drain('nobody')).toBe(false);
    for (let i = 0; i < 20; i++) expect(idOf(await other.claim(`room-${i}`, 'eu', 'join'))).toBe('b');
    expect(idOf(await other.claim('old', 'eu', 'join'))).toBe('a');
    expect(await other.heartbeat(reportOf('a', { rooms: ['old'] }))).toMatchObject({ drain: true });
    await until('seen', () => other.engines.some((engine) => engine.isDraining));
  });

  test('place a room elsewhere that a draining engine has refused', async () => {
    const [one, other] = await bench.twoRegistries(reportOf('a'), reportOf('b'));
    const first = idOf(await one.claim('room', 'eu', 'join'));
    await one.release('room', first);
    const second = idOf(await other.claim('room', 'eu', 'join'));
    expect(second).not.toBe(first);
    await one.release('room', first);
    expect(idOf(await one.find('room'))).toBe(second);
  });

  test('forget an engine that is silent, and not one that could not be heard', async () => {
    const [one, other] = await bench.twoRegistries(reportOf('a', { rooms: ['room'] }), reportOf('b'));
    const beating = setInterval(() => void other.heartbeat(reportOf('b')), 1_000);
    expect(await one.removeSilent(engineOf(one, 'a'), ENGINE_SILENCE)).toBe(false);
    await until('forgotten', () => one.engines.length === 1 && other.engines.length === 1);
    clearInterval(beating);
    expect(await one.find('room')).toBe('none');
    expect(idOf(await one.claim('room', 'eu', 'join'))).toBe('b');
    expect(await one.heartbeat(reportOf('a', { rooms: ['room'] }))).toMatchObject({ lost: ['room'] });
  });

  test('learn anew when all engines fall silent at once, from the first heartbeat on', async () => {
    const [one, other] = await bench.twoRegistries(reportOf('a', { rooms: ['room'] }), reportOf('b'));
    await until('forgotten', () => one.engines.length === 0);
    expect(await one.find('room')).toBe('learning');
    expect(await one.claim('other', 'eu', 'join')).toBe('learning');
    await until('nobody has been heard', () => other.status === 'no engine has room');
    await expect(one.find('room')).rejects.toMatchObject({ name: 'NO_ENGINE' });
    await one.heartbeat(reportOf('b'));
    expect(await one.find('room')).toBe('learning');
    await other.heartbeat(reportOf('a', { rooms: ['room'] }));
    expect(idOf(await one.find('room'))).toBe('a');
  });
});
