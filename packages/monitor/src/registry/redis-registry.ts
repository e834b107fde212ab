/**
 * The registry that several monitors share: Redis decides where a room is, each monitor chooses where a new one may go.
 * While Redis is gone, calls find rooms by what this monitor knows of them, and nothing new is placed.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { type EngineReport, type EngineSummary, RpcError, summaryOf } from '@kraken/protocol';
import { Heartbeats } from '@kraken/shared-registry/heartbeats';
import { RedisConnection } from '@kraken/shared-registry/redis-connection';
import { RegistryUnreachableError } from '@kraken/shared-registry/registry-unreachable-error';
import { SharedRegistry } from '@kraken/shared-registry/shared-registry';
import type { Logger } from 'pino';
import type { EngineEntry } from './engine-entry.js';
import { EngineMirror } from './engine-mirror.js';
import { KnownRooms } from './known-rooms.js';
import { noEngineKnown, type PlacementOptions } from './placement.js';
import type { ClaimedPlace, EngineOrders, Registry, RegistryStatus } from './registry.js';
import { type NewRoomLimit, RoomAllowance } from './room-allowance.js';
import { UrlTakenError } from './url-taken-error.js';

/** How often Redis is asked which engines there are, ms. */
const SURVEY_INTERVAL = 1_000;
/** For how long calls follow what Redis said of a room without asking it again, ms. */
export const ROUTE_LIFETIME = 10_000;

export interface RedisRegistryOptions extends PlacementOptions {
  /** Of Redis. */
  readonly url: string;
  /** Shared with the engines. */
  readonly secret: string;
  /** Reads what an engine told of itself; null for what cannot be read. */
  readonly parse: (summary: string) => EngineSummary | null;
  readonly newRooms: NewRoomLimit;
  readonly logger: Logger;
  /** ms, monotonic */
  readonly now: () => number;
}

export class RedisRegistry implements Registry {
  readonly #now: () => number;
  readonly #logger: Logger;
  readonly #connection: RedisConnection;
  readonly #shared: SharedRegistry;
  readonly #mirror: EngineMirror;
  readonly #heartbeats: Heartbeats;
  readonly #allowance: RoomAllowance;
  readonly #known = new KnownRooms();
  readonly #ending = new AbortController();
  /** Until the first survey nothing is known. */
  #isLearning = true;
  #roomCount = 0;
  #surveying: Promise<void> | null = null;
  /** Ids of engines that were last seen in Redis and cannot be read. */
  #unreadable = '';

  constructor({ url, secret, parse, newRooms, logger, now, ...placement }: RedisRegistryOptions) {
    this.#now = now;
    this.#allowance = new RoomAllowance(newRooms, now());
    this.#logger = logger;
    this.#connection = new RedisConnection({
      url,
      logger,
      onEstablished: () => void this.#surveyIfPossible(),
    });
    this.#shared = new SharedRegistry(this.#connection);
    this.#heartbeats = new Heartbeats(this.#shared, secret, now);
    this.#mirror = new EngineMirror(placement, parse);
    void this.#connection.open();
    void this.#surveyUntilClosed();
  }

  get engines(): readonly EngineEntry[] {
    return this.#mirror.engines;
  }

  get roomCount(): number {
    return this.#roomCount;
  }

  get status(): RegistryStatus {
    const { unreachable } = this.#connection;
    if (unreachable === 'silent') return 'the registry is silent';
    if (unreachable === 'refused') return 'the registry is gone';
    if (this.#isLearning) return 'learning';
    return this.#mirror.placement.hasRoom(this.#now()) ? 'ready' : 'no engine has room';
  }

  async heartbeat(report: EngineReport): Promise<EngineOrders> {
    try {
      const heard = await this.#heartbeats.tell(report);
      if (heard.kind !== 'heard') throw new UrlTakenError(report.url);
      return { lost: heard.lost, drain: heard.drain, registry: 'there' };
    } catch (error) {
      if (!(error instanceof RegistryUnreachableError) || error.reason === 'silent') throw error;
      this.#mirror.hear(summaryOf(report), this.#now());
      return { lost: [], drain: false, registry: 'gone' };
    }
  }

  /** What is known is only as old as what Redis said last: calls that are routed by it do not make it younger. */
  recall(rid: string): EngineEntry | null {
    const now = this.#now();
    const known = this.#known.get(rid);
    if (known === null || now - known.at > ROUTE_LIFETIME) return null;
    const engine = this.#mirror.get(known.engineId);
    return engine?.isAlive(now) === true ? engine : null;
  }

  async find(rid: string): Promise<EngineEntry | 'none' | 'learning'> {
    try {
      const found = await this.#shared.find(rid);
      return 'engineId' in found
        ? await this.#engineOf(rid, found.engineId)
        : this.#notFound(rid, found.kind);
    } catch (error) {
      return this.#recallFor(rid, error);
    }
  }

  async claim(rid: string, region: string, purpose: 'join' | 'locate'): Promise<ClaimedPlace | 'learning'> {
    try {
      const engine = await this.#claim(rid, region, purpose);
      return engine === 'learning' ? engine : { engine, isRecalled: false };
    } catch (error) {
      const engine = this.#recallFor(rid, error);
      // Who asks where a room is talks to the engine without us, and nothing would keep that from opening it.
      if (purpose === 'locate') throw unreachable(error);
      return { engine, isRecalled: true };
    }
  }

  async #claim(rid: string, region: string, purpose: 'join' | 'locate'): Promise<EngineEntry | 'learning'> {
    const { placement } = this.#mirror;
    for (;;) {
      const now = this.#now();
      const isSpent = this.#allowance.isSpent(now);
      const candidate = isSpent ? '' : (placement.choose(region, now)?.report.engineId ?? '');
      const found = await this.#claimFor(rid, candidate, purpose);
      if (found === 'stale') this.#mirror.distrust(candidate, now);
      else if (found !== 'none') return found;
      else if (isSpent) throw this.#allowance.refusal;
      else if (placement.choose(region, now) === null) {
        throw new RpcError('NO_ENGINE', `no engine has room for another room (${placement.census(now)})`);
      }
    }
  }

  async remove(engineId: string): Promise<void> {
    await this.#shared.remove(engineId, 0);
    this.#mirror.exclude(engineId);
  }

  async removeSilent({ report }: EngineEntry, silence: number): Promise<boolean> {
    try {
      const isGone = await this.#shared.remove(report.engineId, silence);
      if (isGone) this.#mirror.exclude(report.engineId);
      return isGone;
    } catch (error) {
      if (error instanceof RegistryUnreachableError) return false;
      throw error;
    }
  }

  async release(rid: string, engineId: string): Promise<void> {
    this.#known.delete(rid);
    this.#mirror.drains(engineId);
    try {
      await this.#shared.release(rid, engineId);
    } catch (error) {
      throw unreachable(error);
    }
  }

  async drain(engineId: string): Promise<boolean> {
    const isThere = await this.#shared.drain(engineId);
    this.#mirror.drains(engineId);
    return isThere;
  }

  async close(): Promise<void> {
    this.#ending.abort();
    this.#connection.close();
  }

  async #claimFor(
    rid: string,
    candidate: string,
    purpose: 'join' | 'locate',
  ): Promise<EngineEntry | 'learning' | 'none' | 'stale'> {
    const found = await this.#shared.claim(rid, candidate, purpose);
    if (!('engineId' in found)) return found.kind === 'empty' ? 'none' : found.kind;
    const engine = await this.#engineOf(rid, found.engineId);
    if (found.kind === 'placed') this.#allowance.take();
    if (found.kind !== 'found') this.#mirror.joined(found.engineId, this.#now());
    return engine;
  }

  /** An engine that has just registered at another monitor is not in the mirror yet. */
  async #engineOf(rid: string, engineId: string): Promise<EngineEntry | 'learning'> {
    this.#known.set(rid, { engineId, at: this.#now() });
    const known = this.#mirror.get(engineId);
    if (known !== null) return known;
    await this.#survey();
    return this.#mirror.get(engineId) ?? 'learning';
  }

  #notFound(rid: string, kind: 'learning' | 'none' | 'empty' | 'stale'): 'learning' | 'none' {
    if (kind === 'learning') return 'learning';
    if (kind === 'empty') throw noEngineKnown();
    this.#known.delete(rid);
    return 'none';
  }

  /**
   * @param error why Redis could not be asked
   * @returns the engine that the room was on when it could, or that has told this monitor of it since
   * @throws RpcError REGISTRY_UNREACHABLE when this monitor does not know
   */
  #recallFor(rid: string, error: unknown): EngineEntry {
    const failure = unreachable(error);
    const reported = this.#heartbeats.reported.holderOf(rid);
    const known = this.#known.get(rid);
    const latest = known !== null && (reported === null || known.at > reported.at) ? known : reported;
    const engine = latest === null ? null : this.#mirror.get(latest.engineId);
    if (engine !== null) return engine;
    throw failure;
  }

  async #surveyUntilClosed(): Promise<void> {
    const { signal } = this.#ending;
    while (!signal.aborted) {
      await this.#surveyIfPossible();
      await sleep(SURVEY_INTERVAL, undefined, { signal, ref: false }).catch(() => {});
    }
  }

  async #surveyIfPossible(): Promise<void> {
    try {
      await this.#survey();
    } catch (error) {
      if (!(error instanceof RegistryUnreachableError))
        this.#logger.error({ err: error }, 'cannot read the registry');
    }
  }

  /** However many want one at the same time, there is one. */
  #survey(): Promise<void> {
    this.#surveying ??= this.#takeSurvey().finally(() => {
      this.#surveying = null;
    });
    return this.#surveying;
  }

  async #takeSurvey(): Promise<void> {
    const survey = await this.#shared.survey();
    for (const engineId of survey.silent)
      this.#logger.warn({ engineId }, 'engine is silent, its rooms are free');
    const unreadable = this.#mirror.update(survey, this.#now()).join();
    if (unreadable !== '' && unreadable !== this.#unreadable) {
      this.#logger.warn(
        { engineIds: unreadable },
        'engines in the registry do not know the secret, or are of another version',
      );
    }
    this.#unreadable = unreadable;
    this.#heartbeats.reported.keep((engineId) => this.#mirror.get(engineId) !== null);
    this.#isLearning = survey.learning > 0;
    this.#roomCount = survey.roomCount;
  }
}

/** @returns the error for whose call needs Redis; anything else but that it cannot be reached is thrown */
function unreachable(error: unknown): RpcError {
  if (!(error instanceof RegistryUnreachableError)) throw error;
  return new RpcError('REGISTRY_UNREACHABLE', `the monitor cannot tell where the room is: ${error.message}`);
}
