/**
 * The engine's place in a cluster: it tells its monitor of itself every two seconds, closes rooms that it has lost to
 * another engine, and takes nobody new while the monitor has not heard it, since its rooms may be elsewhere by then.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { ENGINE_SILENCE, ENGINES_PATH, type EngineReport, HEARTBEAT_INTERVAL } from '@kraken/protocol';
import type { Logger } from 'pino';

/** How long the monitor may take to answer, ms: one heartbeat may get lost, and the next is still in time. */
export const HEARTBEAT_TIMEOUT = HEARTBEAT_INTERVAL / 2;
/** How much of the monitor's complaint is logged, in characters. */
const MAX_LOGGED_ANSWER = 200;

export interface ClusterMembershipOptions {
  /** Of the monitor. */
  readonly url: string;
  readonly secret: string;
  readonly engineId: string;
  readonly report: () => EngineReport;
  /** Closes rooms that live on another engine. */
  readonly closeRooms: (rids: readonly string[]) => void;
  readonly logger: Logger;
  /** ms, monotonic */
  readonly now: () => number;
}

export class ClusterMembership {
  readonly #options: ClusterMembershipOptions;
  readonly #ending = new AbortController();
  #beating: Promise<void> = Promise.resolve();
  /** When the heartbeat that was answered last had been sent, ms. */
  #heardAt = Number.NEGATIVE_INFINITY;
  #wasHeard = false;

  constructor(options: ClusterMembershipOptions) {
    this.#options = options;
  }

  /** Whether the monitor has heard the engine of late, so that the rooms that it has are its own. */
  get isMember(): boolean {
    return !this.#ending.signal.aborted && this.#options.now() - this.#heardAt < ENGINE_SILENCE;
  }

  /** Sends heartbeats until leave(). */
  join(): void {
    this.#beating = this.#beat();
  }

  /** Ends the heartbeats, and tells the monitor so, which is then free to place the rooms anew. */
  async leave(): Promise<void> {
    const { engineId, logger } = this.#options;
    this.#ending.abort();
    await this.#beating;
    try {
      await this.#send('DELETE', `${ENGINES_PATH}/${engineId}`, {});
    } catch (error) {
      logger.warn({ reason: reasonOf(error) }, 'the monitor does not take our leave');
    }
  }

  /** At a fixed rate, however long the monitor takes to answer. */
  async #beat(): Promise<void> {
    const { now } = this.#options;
    const { signal } = this.#ending;
    while (!signal.aborted) {
      const sentAt = now();
      const lost = await this.#heartbeat(sentAt);
      if (lost.length > 0) this.#options.closeRooms(lost);
      const rest = Math.max(0, sentAt + HEARTBEAT_INTERVAL - now());
      // The rest ends early when the engine leaves.
      await sleep(rest, undefined, { signal, ref: false }).catch(() => {});
    }
  }

  /** @returns rooms that live on another engine */
  async #heartbeat(sentAt: number): Promise<readonly string[]> {
    const { url, report, logger } = this.#options;
    try {
      const body = JSON.stringify(report());
      const lost = lostOf(
        JSON.parse(await this.#send('POST', ENGINES_PATH, { body, signal: this.#ending.signal })),
      );
      this.#heardAt = sentAt;
      if (!this.#wasHeard) logger.info({ monitor: url }, 'the monitor has heard us');
      this.#wasHeard = true;
      if (lost.length > 0)
        logger.warn({ rooms: lost.length }, 'rooms live on another engine by now, closing them');
      return lost;
    } catch (error) {
      if (this.#ending.signal.aborted) return [];
      this.#wasHeard = false;
      logger.warn({ monitor: url, reason: reasonOf(error) }, 'the monitor does not hear us');
      return [];
    }
  }

  /** @throws Error when it is not answered well, or not in time */
  async #send(
    method: string,
    path: string,
    { body, signal }: { readonly body?: string; readonly signal?: AbortSignal },
  ): Promise<string> {
    const { url, secret } = this.#options;
    const timeout = AbortSignal.timeout(HEARTBEAT_TIMEOUT);
    const base = url.endsWith('/') ? url : `${url}/`;
    const response = await fetch(new URL(path.slice(1), base), {
      method,
      headers: { authorization: `Bearer ${secret}` },
      signal: signal === undefined ? timeout : AbortSignal.any([timeout, signal]),
      ...(body === undefined ? {} : { body }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`HTTP status ${response.status}: ${text.slice(0, MAX_LOGGED_ANSWER)}`);
    return text;
  }
}

/** @throws Error for what is no HeartbeatAnswer */
function lostOf(answer: unknown): readonly string[] {
  const lost: unknown =
    typeof answer === 'object' && answer !== null && 'lost' in answer ? answer.lost : undefined;
  if (Array.isArray(lost) && lost.every((rid) => typeof rid === 'string')) return lost;
  throw new Error('the answer is none to a heartbeat');
}

/** What fetch() throws says little; its cause says more. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message;
}
