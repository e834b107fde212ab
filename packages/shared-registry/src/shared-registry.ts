/** The registry's scripts as typed calls. All throw RegistryUnreachableError. */
import type { EngineSummary } from '@kraken/protocol';
import { z } from 'zod';
import type { RedisConnection } from './redis-connection.js';
import type { ReportedChanges } from './reported-rooms.js';
import { CLAIM, DRAIN, FIND, HEARTBEAT, RELEASE, REMOVE, SURVEY } from './scripts.js';

const count = z.coerce.number();
const texts = z.array(z.string());
const heartbeat = z.union([
  z
    .tuple([z.literal('heard'), z.number(), z.number()], z.string())
    .transform(([kind, revision, drain, ...lost]) => ({ kind, revision, drain: drain === 1, lost })),
  z.tuple([z.literal(['full', 'taken'])]).transform(([kind]) => ({ kind })),
]);
const survey = z
  .tuple([z.number(), z.number(), z.number(), texts, texts, texts, texts, texts])
  .transform(([clock, learning, roomCount, summaries, heard, joined, draining, silent]) => ({
    clock,
    learning,
    roomCount,
    summaries: pairs(summaries),
    heardAt: new Map(pairs(heard).map(([id, at]) => [id, count.parse(at)])),
    joined: new Map(pairs(joined).map(([id, joins]) => [id, count.parse(joins)])),
    draining: new Set(draining),
    silent,
  }));

/** Where a room is; 'sent' when that counts as a join, 'placed' when it is new besides; 'empty' when there is no engine that it could be on. */
export type Found =
  | { readonly kind: 'found' | 'sent' | 'placed'; readonly engineId: string }
  | { readonly kind: 'learning' | 'none' | 'empty' | 'stale' };
export type Heard = z.infer<typeof heartbeat>;
/**
 * The state of the cluster: clock and learning time in ms, what each engine told of itself as JSON by its id, when it
 * did so by the clock, how many were ever sent to it to join, who is to drain, and who has just been forgotten.
 */
export type Survey = z.infer<typeof survey>;

export class SharedRegistry {
  readonly #connection: RedisConnection;

  constructor(connection: RedisConnection) {
    this.#connection = connection;
  }

  async find(rid: string): Promise<Found> {
    return foundOf(await this.#connection.evaluate(FIND, [rid]));
  }

  /** @param candidate id of the engine that gets the room when it has none; '' when none shall */
  async claim(rid: string, candidate: string, purpose: 'join' | 'locate'): Promise<Found> {
    return foundOf(await this.#connection.evaluate(CLAIM, [rid, candidate, purpose]));
  }

  async heartbeat(engine: EngineSummary, changes: ReportedChanges): Promise<Heard> {
    const { engineId, url, state } = engine;
    const { added } = changes;
    const [revision, removed] =
      changes.kind === 'full' ? ['full', []] : [String(changes.revision), changes.removed];
    const told = [engineId, url, JSON.stringify(engine), state, revision, String(added.length)];
    return heartbeat.parse(await this.#connection.evaluate(HEARTBEAT, [...told, ...added, ...removed]));
  }

  /** @param silence least of the engine, ms @returns whether it is gone */
  async remove(engineId: string, silence: number): Promise<boolean> {
    return (await this.#connection.evaluate(REMOVE, [engineId, String(silence)])) === 1;
  }

  async release(rid: string, engineId: string): Promise<void> {
    await this.#connection.evaluate(RELEASE, [rid, engineId]);
  }

  /** @returns whether there is such an engine */
  async drain(engineId: string): Promise<boolean> {
    return (await this.#connection.evaluate(DRAIN, [engineId])) === 1;
  }

  async survey(): Promise<Survey> {
    return survey.parse(await this.#connection.evaluate(SURVEY, []));
  }
}

/** Each call asks for one, hence no schema. @throws Error for what is none */
function foundOf(reply: unknown): Found {
  if (Array.isArray(reply)) {
    const [kind, engineId]: unknown[] = reply;
    const isThere = kind === 'found' || kind === 'sent' || kind === 'placed';
    if (isThere && typeof engineId === 'string') return { kind, engineId };
    if (kind === 'learning' || kind === 'none' || kind === 'empty' || kind === 'stale') return { kind };
  }
  throw new Error(`Redis answers ${JSON.stringify(reply)}`);
}

function pairs(flat: readonly string[]): [string, string][] {
  const all: [string, string][] = [];
  for (let i = 0; i + 1 < flat.length; i += 2) all.push([flat[i] ?? '', flat[i + 1] ?? '']);
  return all;
}
