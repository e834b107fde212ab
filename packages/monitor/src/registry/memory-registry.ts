/** The registry of a monitor that is alone: what it knows ends with it, and is learnt anew from the heartbeats. */
import type { EngineReport } from '@kraken/protocol';
import type { Logger } from 'pino';
import { Cluster } from './cluster.js';
import type { EngineEntry } from './engine-entry.js';
import { noEngineKnown, type PlacementOptions } from './placement.js';
import type { ClaimedPlace, EngineOrders, Registry, RegistryStatus } from './registry.js';
import { type NewRoomLimit, RoomAllowance } from './room-allowance.js';

/** How often dead engines are forgotten, ms. */
const SWEEP_INTERVAL = 1_000;

export interface MemoryRegistryOptions extends PlacementOptions {
  readonly newRooms: NewRoomLimit;
  readonly logger: Logger;
  /** ms, monotonic */
  readonly now: () => number;
}

export class MemoryRegistry implements Registry {
  readonly #cluster: Cluster;
  readonly #allowance: RoomAllowance;
  readonly #logger: Logger;
  readonly #now: () => number;
  readonly #sweeping: NodeJS.Timeout;

  constructor(options: MemoryRegistryOptions) {
    this.#now = options.now;
    this.#logger = options.logger;
    this.#allowance = new RoomAllowance(options.newRooms, this.#now());
    this.#cluster = new Cluster(options, this.#now());
    this.#sweeping = setInterval(() => this.#sweep(), SWEEP_INTERVAL);
  }

  get engines(): readonly EngineEntry[] {
    return this.#cluster.engines;
  }

  get roomCount(): number {
    return this.#cluster.roomCount;
  }

  get status(): RegistryStatus {
    const now = this.#now();
    if (this.#cluster.learningTime(now) > 0) return 'learning';
    return this.#cluster.hasRoom(now) ? 'ready' : 'no engine has room';
  }

  async heartbeat(report: EngineReport): Promise<EngineOrders> {
    return { ...this.#cluster.heartbeat(report, this.#now()), registry: 'there' };
  }

  recall(rid: string): EngineEntry | null {
    return this.#cluster.find(rid, this.#now());
  }

  async find(rid: string): Promise<EngineEntry | 'none' | 'learning'> {
    const now = this.#now();
    const engine = this.#cluster.find(rid, now);
    if (engine !== null) return engine;
    if (this.#cluster.learningTime(now) > 0) return 'learning';
    if (this.#cluster.engines.length === 0) throw noEngineKnown();
    return 'none';
  }

  async claim(rid: string, region: string, purpose: 'join' | 'locate'): Promise<ClaimedPlace | 'learning'> {
    const now = this.#now();
    const isNew = this.#cluster.find(rid, now) === null;
    if (isNew && this.#cluster.learningTime(now) > 0) return 'learning';
    if (isNew && this.#allowance.isSpent(now)) throw this.#allowance.refusal;
    const engine = this.#cluster.claim(rid, region, now);
    if (isNew) this.#allowance.take();
    if (isNew || purpose === 'join') engine.joined(now);
    return { engine, isRecalled: false };
  }

  async release(rid: string, engineId: string): Promise<void> {
    this.#cluster.release(rid, engineId);
  }

  async drain(engineId: string): Promise<boolean> {
    return this.#cluster.drain(engineId);
  }

  async remove(engineId: string): Promise<void> {
    this.#cluster.remove(engineId);
  }

  async removeSilent(engine: EngineEntry, silence: number): Promise<boolean> {
    if (!this.#cluster.engines.includes(engine)) return true;
    if (this.#now() - engine.heardAt < silence) return false;
    this.#cluster.remove(engine.report.engineId);
    return true;
  }

  async close(): Promise<void> {
    clearInterval(this.#sweeping);
  }

  #sweep(): void {
    const now = this.#now();
    for (const engine of this.#cluster.engines) {
      if (engine.isAlive(now)) continue;
      const { engineId, url } = engine.report;
      this.#logger.warn({ engineId, url, rooms: engine.rooms.size }, 'engine is silent, its rooms are free');
    }
    this.#cluster.sweep(now);
  }
}
