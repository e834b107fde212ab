/** Announces the engine in the Redis that the monitors share: no monitor need be there for it. */
import type { EngineReport, HeartbeatAnswer } from '@kraken/protocol';
import { Heartbeats } from '@kraken/shared-registry/heartbeats';
import { RedisConnection } from '@kraken/shared-registry/redis-connection';
import { RegistryUnreachableError } from '@kraken/shared-registry/registry-unreachable-error';
import { SharedRegistry } from '@kraken/shared-registry/shared-registry';
import type { Logger } from 'pino';
import type { Announcer } from './announcer.js';

export interface RedisAnnouncerOptions {
  /** Of Redis. */
  readonly url: string;
  /** Shared with the monitors. */
  readonly secret: string;
  /** Called whenever Redis can be asked again. */
  readonly onEstablished: () => void;
  readonly logger: Logger;
}

export class RedisAnnouncer implements Announcer {
  readonly name: string;
  readonly #connection: RedisConnection;
  readonly #shared: SharedRegistry;
  readonly #heartbeats: Heartbeats;

  constructor(options: RedisAnnouncerOptions) {
    const { hostname, port } = new URL(options.url);
    this.name = `Redis at ${hostname}:${port || '6379'}`;
    this.#connection = new RedisConnection(options);
    this.#shared = new SharedRegistry(this.#connection);
    this.#heartbeats = new Heartbeats(this.#shared, options.secret, () => performance.now());
    void this.#connection.open();
  }

  async announce(report: EngineReport): Promise<HeartbeatAnswer> {
    try {
      const heard = await this.#heartbeats.tell(report);
      if (heard.kind !== 'heard')
        throw new Error(`another engine that is alive has registered ${report.url}`);
      const { lost, drain } = heard;
      return { lost, drain, registry: 'there', hasRoom: await this.#isRoomElsewhere(report) };
    } catch (error) {
      const isGone = error instanceof RegistryUnreachableError && error.reason === 'refused';
      if (!isGone) throw error;
      return { lost: [], drain: false, registry: 'gone', hasRoom: false };
    }
  }

  async leave(engineId: string): Promise<void> {
    try {
      await this.#shared.remove(engineId, 0);
    } finally {
      this.#connection.close();
    }
  }

  /** Only who drains needs to know. How full the others are the monitors know. */
  async #isRoomElsewhere({ engineId, state }: EngineReport): Promise<boolean> {
    if (state !== 'draining') return false;
    try {
      const { summaries, draining } = await this.#shared.survey();
      return summaries.some(
        ([id, summary]) => id !== engineId && !draining.has(id) && summary.includes('"state":"serving"'),
      );
    } catch {
      // The heartbeat itself was heard.
      return false;
    }
  }
}
