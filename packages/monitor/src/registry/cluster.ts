/**
 * Which engines there are, and which of them has a room. One room is never given to two living engines: it stays where
 * it is for as long as its engine lives and holds it. Pure: time and chance are arguments.
 */
import { ENGINE_SILENCE, type EngineReport, type HeartbeatAnswer, RpcError } from '@kraken/protocol';
import { chooseEngine, type Random } from './choose-engine.js';
import { EngineEntry, type EngineLimits } from './engine-entry.js';
import { UrlTakenError } from './url-taken-error.js';

/**
 * How long a room that its engine does not report stays its own, ms, since somebody was last sent there to join: a
 * heartbeat may have been written before the join that is on its way.
 */
export const CLAIM_LIFETIME = 10_000;
/** How long a registry that knows nothing listens to heartbeats before it places a room that none has named, ms. */
export const LEARNING_TIME = ENGINE_SILENCE;

export interface ClusterOptions {
  readonly limits: EngineLimits;
  /** Regions by name, each with those that stand in for it, the nearest first. A region that is not named has none. */
  readonly nearest: Readonly<Record<string, readonly string[]>>;
  readonly random: Random;
}

export class Cluster {
  readonly #options: ClusterOptions;
  readonly #engines = new Map<string, EngineEntry>();
  readonly #byUrl = new Map<string, EngineEntry>();
  readonly #byRegion = new Map<string, EngineEntry[]>();
  readonly #rooms = new Map<string, EngineEntry>();
  readonly #nearest: ReadonlyMap<string, readonly string[]>;
  /** When it knew nothing last, ms. */
  #learnsSince: number;
  #sweptAt: number;

  /** @param now ms */
  constructor(options: ClusterOptions, now: number) {
    this.#options = options;
    this.#nearest = new Map(Object.entries(options.nearest));
    this.#learnsSince = now;
    this.#sweptAt = now;
  }

  /** @returns how long there may be rooms that no heartbeat has named yet, ms; 0 when all are known */
  learningTime(now: number): number {
    return Math.max(0, this.#learnsSince + LEARNING_TIME - now);
  }

  /** Those that have been heard of and are not forgotten yet. */
  get engines(): readonly EngineEntry[] {
    return [...this.#engines.values()];
  }

  get roomCount(): number {
    return this.#rooms.size;
  }

  /**
   * @param now ms
   * @throws UrlTakenError when another engine that is alive has that URL
   */
  heartbeat(report: EngineReport, now: number): HeartbeatAnswer {
    const engine = this.#engines.get(report.engineId) ?? this.#register(report, now);
    if (!engine.isAlive(now)) this.#release(engine);
    this.#update(engine, report, now);
    return { lost: this.#reconcile(engine, report.rooms, now) };
  }

  /** @returns the living engine that has the room, or null when none has it */
  find(rid: string, now: number): EngineEntry | null {
    const engine = this.#rooms.get(rid);
    return engine?.isAlive(now) === true ? engine : null;
  }

  /**
   * Finds the engine of a room for somebody who wants to join, and gives the room one when it has none.
   * @param region of who joins
   * @throws RpcError REGISTRY_LEARNING when it may be that an engine holds the room and has not been heard yet;
   *   NO_ENGINE when no engine may take it
   */
  claim(rid: string, region: string, now: number): EngineEntry {
    const engine = this.find(rid, now) ?? this.#place(rid, region, now);
    engine.rooms.set(rid, { claimedAt: now });
    return engine;
  }

  /** An engine that has ended, by its own word or because nobody listens at its port: its rooms are free at once. */
  remove(engineId: string): void {
    const engine = this.#engines.get(engineId);
    if (engine !== undefined) this.#forget(engine);
  }

  /** @returns whether a new room would find an engine, whatever its region */
  hasRoom(now: number): boolean {
    return this.engines.some((engine) => engine.hasRoom(this.#options.limits, now));
  }

  /**
   * Forgets engines that have been silent for too long, with their rooms; to be called every second, before anything
   * else. When it was not, the registry itself has stood still, and the engines could not be heard: then they are
   * given the benefit of the doubt. When all of them fall silent at once it is as likely cut off itself; then it knows
   * nothing, and learns anew.
   */
  sweep(now: number): void {
    const hasStoodStill = now - this.#sweptAt >= ENGINE_SILENCE / 2;
    this.#sweptAt = now;
    if (hasStoodStill) {
      for (const engine of this.engines) engine.heardAt = Math.max(engine.heardAt, now);
      return;
    }
    const silent = this.engines.filter((engine) => !engine.isAlive(now));
    for (const engine of silent) this.#forget(engine);
    if (silent.length > 0 && this.#engines.size === 0) this.#learnsSince = now;
  }

  #place(rid: string, region: string, now: number): EngineEntry {
    if (this.learningTime(now) > 0) {
      throw new RpcError('REGISTRY_LEARNING', 'the monitor has just started and does not know all rooms yet');
    }
    const engine = this.#choose(region, now);
    if (engine === null)
      throw new RpcError('NO_ENGINE', `no engine has room for another room (${this.#census(now)})`);
    this.#releaseRoom(rid);
    this.#rooms.set(rid, engine);
    return engine;
  }

  #choose(region: string, now: number): EngineEntry | null {
    const { limits, random } = this.#options;
    const hasRoom = (engine: EngineEntry) => engine.hasRoom(limits, now);
    const loadOf = (engine: EngineEntry) => engine.load(now);
    const inOrder = [region, ...(this.#nearest.get(region) ?? [])];
    for (const name of inOrder) {
      const engine = chooseEngine(this.#byRegion.get(name) ?? [], hasRoom, loadOf, random);
      if (engine !== null) return engine;
    }
    const others = [...this.#byRegion]
      .filter(([name]) => !inOrder.includes(name))
      .flatMap(([, engines]) => engines);
    return chooseEngine(others, hasRoom, loadOf, random);
  }

  /** What stands in the way, for whoever reads the error. */
  #census(now: number): string {
    const engines = this.engines.filter((engine) => engine.isAlive(now));
    const draining = engines.filter(({ report }) => report.state === 'draining').length;
    return `${engines.length} engines: ${draining} draining, ${engines.length - draining} full`;
  }

  #register(report: EngineReport, now: number): EngineEntry {
    const holder = this.#byUrl.get(report.url);
    if (holder !== undefined) {
      if (holder.isAlive(now)) throw new UrlTakenError(report.url);
      this.#forget(holder);
    }
    const engine = new EngineEntry(report, now);
    this.#engines.set(report.engineId, engine);
    this.#byUrl.set(report.url, engine);
    this.#join(engine);
    return engine;
  }

  /** Its URL and region are those of its first heartbeat: it reads them at its start. */
  #update(engine: EngineEntry, report: EngineReport, now: number): void {
    const { url, region } = engine.report;
    engine.heard({ ...report, url, region }, now);
  }

  /** @returns rooms among those reported that live elsewhere */
  #reconcile(engine: EngineEntry, reported: readonly string[], now: number): string[] {
    const lost: string[] = [];
    let own = 0;
    for (const rid of reported) {
      const holder = this.#rooms.get(rid);
      if (holder !== engine && holder?.isAlive(now) === true) {
        lost.push(rid);
        continue;
      }
      if (holder !== engine) this.#adopt(rid, engine);
      own++;
    }
    // As a rule an engine reports just what it was given.
    if (engine.rooms.size > own) this.#releaseEnded(engine, new Set(reported), now);
    return lost;
  }

  /** Rooms that the engine does not hold, unless somebody may be on the way to them. */
  #releaseEnded(engine: EngineEntry, held: ReadonlySet<string>, now: number): void {
    for (const [rid, { claimedAt }] of engine.rooms) {
      if (!held.has(rid) && now - claimedAt >= CLAIM_LIFETIME) this.#releaseRoom(rid);
    }
  }

  #adopt(rid: string, engine: EngineEntry): void {
    this.#releaseRoom(rid);
    this.#rooms.set(rid, engine);
    engine.rooms.set(rid, { claimedAt: Number.NEGATIVE_INFINITY });
  }

  #releaseRoom(rid: string): void {
    this.#rooms.get(rid)?.rooms.delete(rid);
    this.#rooms.delete(rid);
  }

  #release(engine: EngineEntry): void {
    for (const rid of engine.rooms.keys()) this.#rooms.delete(rid);
    engine.rooms.clear();
  }

  #forget(engine: EngineEntry): void {
    const { engineId, url, region } = engine.report;
    this.#release(engine);
    this.#engines.delete(engineId);
    if (this.#byUrl.get(url) === engine) this.#byUrl.delete(url);
    const others = (this.#byRegion.get(region) ?? []).filter((other) => other !== engine);
    if (others.length > 0) this.#byRegion.set(region, others);
    else this.#byRegion.delete(region);
  }

  #join(engine: EngineEntry): void {
    const { region } = engine.report;
    this.#byRegion.set(region, [...(this.#byRegion.get(region) ?? []), engine]);
  }
}
