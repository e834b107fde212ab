/** The engines that a new room may go to, by region, and the choice among them. */
import { RpcError } from '@kraken/protocol';
import { chooseEngine, type Random } from './choose-engine.js';
import type { EngineEntry, EngineLimits } from './engine-entry.js';

export interface PlacementOptions {
  readonly limits: EngineLimits;
  /** Regions by name, each with those that stand in for it, the nearest first. A region that is not named has none. */
  readonly nearest: Readonly<Record<string, readonly string[]>>;
  readonly random: Random;
}

/** To say that a room is nowhere would break off its call, which may well go on where nobody can hear of it. */
export function noEngineKnown(): RpcError {
  return new RpcError('NO_ENGINE', 'no engine has been heard: it is not known where the room is');
}

export class Placement {
  readonly #limits: EngineLimits;
  readonly #random: Random;
  readonly #nearest: ReadonlyMap<string, readonly string[]>;
  readonly #byRegion = new Map<string, EngineEntry[]>();

  constructor({ limits, nearest, random }: PlacementOptions) {
    this.#limits = limits;
    this.#random = random;
    this.#nearest = new Map(Object.entries(nearest));
  }

  add(engine: EngineEntry): void {
    const { region } = engine.report;
    this.#byRegion.set(region, [...(this.#byRegion.get(region) ?? []), engine]);
  }

  delete(engine: EngineEntry): void {
    const { region } = engine.report;
    const others = (this.#byRegion.get(region) ?? []).filter((other) => other !== engine);
    if (others.length > 0) this.#byRegion.set(region, others);
    else this.#byRegion.delete(region);
  }

  /** @returns whether a new room would find an engine, whatever its region */
  hasRoom(now: number): boolean {
    return [...this.#byRegion.values()].some((engines) =>
      engines.some((engine) => engine.hasRoom(this.#limits, now)),
    );
  }

  /**
   * @param region where an engine is sought first, then in those near it, then anywhere
   * @param now ms
   * @returns the engine for a new room, or null when none may take it
   */
  choose(region: string, now: number): EngineEntry | null {
    const hasRoom = (engine: EngineEntry) => engine.hasRoom(this.#limits, now);
    const loadOf = (engine: EngineEntry) => engine.load(now);
    const inOrder = [region, ...(this.#nearest.get(region) ?? [])];
    for (const name of inOrder) {
      const engine = chooseEngine(this.#byRegion.get(name) ?? [], hasRoom, loadOf, this.#random);
      if (engine !== null) return engine;
    }
    const others = [...this.#byRegion]
      .filter(([name]) => !inOrder.includes(name))
      .flatMap(([, engines]) => engines);
    return chooseEngine(others, hasRoom, loadOf, this.#random);
  }

  /** What stands in the way of a new room, for whoever reads the error. */
  census(now: number): string {
    const engines = [...this.#byRegion.values()].flat().filter((engine) => engine.isAlive(now));
    const draining = engines.filter(({ isDraining }) => isDraining).length;
    return `${engines.length} engines: ${draining} draining, ${engines.length - draining} full`;
  }
}
