/** Tells Redis of engines: of their rooms what has changed, or all when Redis does not agree on what it was told last. */
import { type EngineReport, summaryOf } from '@kraken/protocol';
import { prove } from './proof.js';
import { ReportedRooms } from './reported-rooms.js';
import type { Heard, SharedRegistry } from './shared-registry.js';

export class Heartbeats {
  readonly reported = new ReportedRooms();
  readonly #shared: SharedRegistry;
  readonly #secret: string;
  readonly #now: () => number;

  /** @param secret shared by engines and monitors @param now ms, monotonic */
  constructor(shared: SharedRegistry, secret: string, now: () => number) {
    this.#shared = shared;
    this.#secret = secret;
    this.#now = now;
  }

  /** @throws RegistryUnreachableError */
  async tell(report: EngineReport): Promise<Heard> {
    const { engineId, rooms } = report;
    try {
      const heard = await this.#send(report);
      if (heard.kind === 'heard') {
        const lost = new Set(heard.lost);
        const own = lost.size === 0 ? rooms : rooms.filter((rid) => !lost.has(rid));
        this.reported.remember(engineId, own, heard.revision, this.#now());
      }
      return heard;
    } catch (error) {
      this.reported.remember(engineId, rooms, null, this.#now());
      throw error;
    }
  }

  async #send(report: EngineReport): Promise<Heard> {
    const { engineId, rooms } = report;
    const summary = prove(this.#secret, summaryOf(report));
    const heard = await this.#shared.heartbeat(summary, this.reported.changes(engineId, rooms));
    return heard.kind === 'full' ? this.#shared.heartbeat(summary, { kind: 'full', added: rooms }) : heard;
  }
}
