/**
 * Which engines there are, and which of them has a room. One room is never given to two living engines: it stays where
 * it is for as long as its engine lives and holds it. Pure: time and chance are arguments.
 */
import {
  CLAIM_LIFETIME,
  ENGINE_SILENCE,
  type EngineReport,
  LEARNING_TIME,
  RpcError,
  summaryOf,
} from '@kraken/protocol';
import { EngineEntry } from './engine-entry.js';
import { Placement, type PlacementOptions } from './placement.js';
import type { EngineOrders } from './registry.js';
import { UrlTakenError } from './url-taken-error.js';

export class Cluster {
  readonly #placement: Placement;
  readonly #engines = new Map<string, EngineEntry>();
  readonly #byUrl = new Map<string, EngineEntry>();
  readonly #rooms = new Map<string, EngineEntry>();
  /** Since when it listens to learn what there is, ms. */
  #learnsSince: number;
  /** No engine has been heard since it knew nothing. */
  #knowsNothing = true;
  #sweptAt: number;

  /** @param now ms */
  constructor(options: PlacementOptions, now: number) {
    this.#placement = new Placement(options);
    this.#learnsSince = now;
    this.#sweptAt = now;
  }

  /**
   * It begins anew with the first heartbeat after it knew nothing: until then nobody may have been able to reach it.
   * @returns how long there may be rooms that no heartbeat has named yet, ms; 0 when all are known
   */
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
  heartbeat(report: EngineReport, now: number): Omit<EngineOrders, 'registry'> {
    const engine = this.#engines.get(report.engineId) ?? this.#register(report, now);
    if (this.#knowsNothing) this.#learnsSince = now;
    this.#knowsNothing = false;
    if (!engine.isAlive(now)) this.#release(engine);
    this.#update(engine, report, now);
    return { lost: this.#reconcile(engine, report.rooms, now), drain: engine.drainAsked };
  }

  /** @returns the living engine that has the room, or null when none has it, as far as is known */
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

  /** An engine that drains has refused a room that it does not hold: that is free, and it gets no new ones. */
  release(rid: string, engineId: string): void {
    if (!this.drain(engineId)) return;
    if (this.#rooms.get(rid)?.report.engineId === engineId) this.#releaseRoom(rid);
  }

  /** The engine gets no new rooms, and its heartbeats are answered that it shall drain. @returns whether it is there */
  drain(engineId: string): boolean {
    const engine = this.#engines.get(engineId);
    if (engine !== undefined) engine.drainAsked = true;
    return engine !== undefined;
  }

  /** An engine that has ended, by its own word or because nobody listens at its port: its rooms are free at once. */
  remove(engineId: string): void {
    const engine = this.#engines.get(engineId);
    if (engine !== undefined) this.#forget(engine);
  }

  /** @returns whether a new room would find an engine, whatever its region */
  hasRoom(now: number): boolean {
    return this.#placement.hasRoom(now);
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
    if (silent.length === 0 || this.#engines.size > 0) return;
    this.#learnsSince = now;
    this.#knowsNothing = true;
  }

  #place(rid: string, region: string, now: number): EngineEntry {
    if (this.learningTime(now) > 0) {
      throw new RpcError('REGISTRY_LEARNING', 'the monitor has just started and does not know all rooms yet');
    }
    const engine = this.#placement.choose(region, now);
    if (engine === null)
      throw new RpcError('NO_ENGINE', `no engine has room for another room (${this.#placement.census(now)})`);
    this.#releaseRoom(rid);
    this.#rooms.set(rid, engine);
    return engine;
  }

  #register(report: EngineReport, now: number): EngineEntry {
    const holder = this.#byUrl.get(report.url);
    if (holder !== undefined) {
      if (holder.isAlive(now)) throw new UrlTakenError(report.url);
      this.#forget(holder);
    }
    const engine = new EngineEntry(summaryOf(report), now);
    this.#engines.set(report.engineId, engine);
    this.#byUrl.set(report.url, engine);
    this.#placement.add(engine);
    return engine;
  }

  /** Its URL and region are those of its first heartbeat: it reads them at its start. */
  #update(engine: EngineEntry, report: EngineReport, now: number): void {
    const { url, region } = engine.report;
    engine.heard({ ...summaryOf(report), url, region }, now);
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

  /** Rooms that the engine does not hold, unless somebody may be on the way to them, whom it would let in. */
  #releaseEnded(engine: EngineEntry, held: ReadonlySet<string>, now: number): void {
    const opensRooms = engine.report.state !== 'draining';
    for (const [rid, { claimedAt }] of engine.rooms) {
      const isExpected = opensRooms && now - claimedAt < CLAIM_LIFETIME;
      if (!held.has(rid) && !isExpected) this.#releaseRoom(rid);
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
    const { engineId, url } = engine.report;
    this.#release(engine);
    this.#engines.delete(engineId);
    if (this.#byUrl.get(url) === engine) this.#byUrl.delete(url);
    this.#placement.delete(engine);
  }
}
