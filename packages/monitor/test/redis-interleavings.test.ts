/** Whatever engines and clients do, in whatever order, at two monitors. */
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { reportOf } from '../src/registry/cluster.fixture.js';
import type { RedisRegistry } from '../src/registry/redis-registry.js';
import { idOf, RegistryBench } from './registry-bench.js';

let bench: RegistryBench;
beforeEach(async () => {
  bench = await RegistryBench.start();
});
afterEach(() => bench.close());

test('whatever happens in whatever order, no room is on two engines, nor moves while its engine holds it', async () => {
  const pair = await bench.twoRegistries(reportOf('engine-0'), reportOf('engine-1'));
  const engine = fc.constantFrom('engine-0', 'engine-1', 'engine-2');
  const rid = fc.constantFrom('r1', 'r2', 'r3', 'r4', 'r5');
  const monitor = fc.constantFrom(0, 1);
  const step = fc.oneof(
    fc.record({ type: fc.constant('join' as const), rid, monitor }),
    fc.record({ type: fc.constant('heartbeat' as const), engine, monitor }),
    fc.record({ type: fc.constant('end' as const), rid, monitor }),
    fc.record({ type: fc.constant('remove' as const), engine, monitor }),
    fc.record({ type: fc.constant('drain' as const), engine, monitor }),
  );
  const run = async (steps: readonly Step[]) => {
    for (const id of ['engine-0', 'engine-1', 'engine-2']) await pair[0].remove(id);
    for (const id of ['engine-0', 'engine-1']) await pair[0].heartbeat(reportOf(id));
    await carryOut(pair, steps);
  };
  await fc.assert(fc.asyncProperty(fc.array(step, { maxLength: 60 }), run), { numRuns: 60 });
});

type Step =
  | { readonly type: 'join' | 'end'; readonly rid: string; readonly monitor: number }
  | { readonly type: 'heartbeat' | 'remove' | 'drain'; readonly engine: string; readonly monitor: number };

/** Engines that do as they are told, and what must hold after each step. */
async function carryOut(
  pair: readonly [RedisRegistry, RedisRegistry],
  steps: readonly Step[],
): Promise<void> {
  const held = new Map<string, Set<string>>();
  const draining = new Set<string>();
  const roomsOf = (id: string) => held.get(id) ?? held.set(id, new Set()).get(id) ?? new Set<string>();
  for (const action of steps) {
    const registry = pair[action.monitor] ?? pair[0];
    switch (action.type) {
      case 'end':
        for (const rooms of held.values()) rooms.delete(action.rid);
        break;
      case 'remove':
        held.delete(action.engine);
        draining.delete(action.engine);
        await registry.remove(action.engine);
        break;
      case 'drain':
        if (await registry.drain(action.engine)) draining.add(action.engine);
        break;
      case 'heartbeat': {
        const rooms = roomsOf(action.engine);
        const state = draining.has(action.engine) ? 'draining' : 'serving';
        const { lost } = await registry.heartbeat(reportOf(action.engine, { rooms: [...rooms], state }));
        for (const id of lost) rooms.delete(id);
        for (const id of rooms) expect(idOf(await registry.find(id))).toBe(action.engine);
        break;
      }
      case 'join':
        await joinAt(registry, action.rid, roomsOf, draining);
    }
    const places = [...held.values()].flatMap((rooms) => [...rooms]);
    expect(new Set(places).size).toBe(places.length);
  }
}

async function joinAt(
  registry: RedisRegistry,
  rid: string,
  roomsOf: (engineId: string) => Set<string>,
  draining: ReadonlySet<string>,
): Promise<void> {
  const before = await registry.find(rid).catch(unlessNoEngine);
  const after = await registry.claim(rid, 'eu', 'join').catch(unlessNoEngine);
  if (after === 'none') return;
  const engineId = idOf(after);
  if (before !== 'none') expect(engineId).toBe(idOf(before));
  if (draining.has(engineId) && !roomsOf(engineId).has(rid)) await registry.release(rid, engineId);
  else roomsOf(engineId).add(rid);
}

function unlessNoEngine(error: unknown): 'none' {
  expect(error).toMatchObject({ name: 'NO_ENGINE' });
  return 'none';
}
