/** The engines as Redis knew them a moment ago: what a choice among them is made by, and what operators are told. */
import { ENGINE_SILENCE, type EngineSummary } from '@kraken/protocol';
import type { Survey } from '@kraken/shared-registry/shared-registry';
import { EngineEntry } from './engine-entry.js';
import { Placement, type PlacementOptions } from './placement.js';

interface Mirrored {
  readonly engine: EngineEntry;
  /** As Redis has it. */
  summary: string;
  /** How many Redis says were ever sent there to join. */
  joined: number;
  /** How many of those that come next are this monitor's own, which it has counted. */
  ownJoins: number;
}

export class EngineMirror {
  readonly placement: Placement;
  readonly #parse: (summary: string) => EngineSummary | null;
  readonly #mirrored = new Map<string, Mirrored>();
  #engines: readonly EngineEntry[] = [];

  /** @param parse what an engine told of itself; null for what cannot be read */
  constructor(options: PlacementOptions, parse: (summary: string) => EngineSummary | null) {
    this.placement = new Placement(options);
    this.#parse = parse;
  }

  get engines(): readonly EngineEntry[] {
    return this.#engines;
  }

  get(engineId: string): EngineEntry | null {
    return this.#mirrored.get(engineId)?.engine ?? null;
  }

  /** Somebody was sent there by this monitor. @param now ms */
  joined(engineId: string, now: number): void {
    const mirrored = this.#mirrored.get(engineId);
    if (mirrored === undefined) return;
    mirrored.engine.joined(now);
    mirrored.ownJoins++;
  }

  /** The engine gets no new rooms. */
  drains(engineId: string): void {
    const engine = this.get(engineId);
    if (engine !== null) engine.drainAsked = true;
  }

  /** Redis would give it no room: it is taken for silent until the next survey. @param now ms */
  distrust(engineId: string, now: number): void {
    const engine = this.get(engineId);
    if (engine !== null) engine.heardAt = now - ENGINE_SILENCE;
  }

  /** Redis does not have the engine any more. */
  exclude(engineId: string): void {
    const mirrored = this.#mirrored.get(engineId);
    if (mirrored === undefined) return;
    this.placement.delete(mirrored.engine);
    this.#mirrored.delete(engineId);
    this.#list();
  }

  /** An engine tells of itself while Redis cannot be told. @param now ms */
  hear(summary: EngineSummary, now: number): void {
    this.#take(summary, '', now);
    this.#list();
  }

  /** @param now ms @returns ids of engines that cannot be read */
  update({ clock, summaries, heardAt, joined, draining }: Survey, now: number): readonly string[] {
    const present = new Set<string>();
    for (const [engineId, summary] of summaries) {
      present.add(engineId);
      const heard = now - (clock - (heardAt.get(engineId) ?? 0));
      this.#reflect(engineId, summary, heard, joined.get(engineId) ?? 0, now);
      if (draining.has(engineId)) this.drains(engineId);
    }
    for (const [engineId, { engine }] of this.#mirrored) {
      if (present.has(engineId)) continue;
      this.placement.delete(engine);
      this.#mirrored.delete(engineId);
    }
    this.#list();
    return [...present].filter((engineId) => !this.#mirrored.has(engineId));
  }

  #reflect(engineId: string, summary: string, heardAt: number, joined: number, now: number): void {
    const known = this.#mirrored.get(engineId);
    if (known?.summary === summary) {
      known.engine.heardAt = Math.max(known.engine.heardAt, heardAt);
      countForeignJoins(known, joined, now);
      return;
    }
    const report = this.#parse(summary);
    if (report === null) return;
    const mirrored = this.#take(report, summary, heardAt);
    if (known === undefined) mirrored.joined = joined;
    countForeignJoins(mirrored, joined, now);
  }

  #take(report: EngineSummary, summary: string, heardAt: number): Mirrored {
    const known = this.#mirrored.get(report.engineId);
    if (known !== undefined) {
      const { url, region } = known.engine.report;
      known.engine.heard({ ...report, url, region }, heardAt);
      known.summary = summary;
      return known;
    }
    const mirrored = { engine: new EngineEntry(report, heardAt), summary, joined: 0, ownJoins: 0 };
    this.placement.add(mirrored.engine);
    this.#mirrored.set(report.engineId, mirrored);
    return mirrored;
  }

  #list(): void {
    this.#engines = [...this.#mirrored.values()].map(({ engine }) => engine);
  }
}

/** @param joined how many Redis says were ever sent there */
function countForeignJoins(mirrored: Mirrored, joined: number, now: number): void {
  const foreign = joined - mirrored.joined - mirrored.ownJoins;
  if (foreign > 0) mirrored.engine.joined(now, foreign);
  mirrored.joined = joined;
  mirrored.ownJoins = 0;
}
