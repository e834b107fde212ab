import { type EngineReport, LEARNING_TIME } from '@kraken/protocol';
import { createClient } from '@redis/client';
import { pino } from 'pino';
import { parseEngineSummary } from '../src/api/engine-report-body.js';
import { seeded } from '../src/registry/cluster.fixture.js';
import type { EngineEntry } from '../src/registry/engine-entry.js';
import { RedisRegistry } from '../src/registry/redis-registry.js';
import type { ClaimedPlace } from '../src/registry/registry.js';
import type { NewRoomLimit } from '../src/registry/room-allowance.js';
import { RedisProcess } from './redis-process.js';
import { until } from './until.js';

/** Where Redis has the registry's clock. */
export const STATE = '{kraken}:state';

/** A Redis of its own, and the registries of monitors that share it. */
export class RegistryBench {
  readonly redis: RedisProcess;
  readonly #registries: RedisRegistry[] = [];
  /** Of the registries that are made from here on. */
  newRooms: NewRoomLimit = { perSecond: 1_000_000, burst: 1_000_000 };
  /** By how much the monitors' clocks are ahead, ms. */
  ahead = 0;

  private constructor(redis: RedisProcess) {
    this.redis = redis;
  }

  static async start(): Promise<RegistryBench> {
    return new RegistryBench(await RedisProcess.start());
  }

  newRegistry(secret = 'secret'): RedisRegistry {
    const registry = new RedisRegistry({
      url: this.redis.url,
      newRooms: this.newRooms,
      limits: { load: 0.85, participants: 0 },
      nearest: {},
      random: seeded(this.#registries.length + 1),
      secret,
      parse: (summary) => parseEngineSummary(summary, secret),
      logger: pino({ level: 'silent' }),
      now: () => performance.now() + this.ahead,
    });
    this.#registries.push(registry);
    return registry;
  }

  /** Two monitors' registries that know of the engines and need not wait until all is learnt. */
  async twoRegistries(...reports: readonly EngineReport[]): Promise<[RedisRegistry, RedisRegistry]> {
    const pair: [RedisRegistry, RedisRegistry] = [this.newRegistry(), this.newRegistry()];
    await until('connected', () => pair.every(({ status }) => status === 'learning'));
    await this.command('HSET', STATE, 'since', String(-LEARNING_TIME), 'heardNone', '0');
    for (const report of reports) await pair[0].heartbeat(report);
    await until('known', () =>
      pair.every((one) => one.engines.length === reports.length && one.status === 'ready'),
    );
    return pair;
  }

  /** Asks Redis itself. */
  async command(...words: readonly string[]): Promise<unknown> {
    const client = createClient({ url: this.redis.url });
    await client.connect();
    const reply = await client.sendCommand([...words]);
    client.destroy();
    return reply;
  }

  async close(): Promise<void> {
    for (const registry of this.#registries) await registry.close();
    await this.redis.close();
  }
}

/** @returns the engine of a place, or why there is none */
export function idOf(place: EngineEntry | ClaimedPlace | string): string {
  if (typeof place === 'string') return place;
  return 'engine' in place ? place.engine.report.engineId : place.report.engineId;
}
