/** Pooled keep-alive connections to the engines, by which calls go to them. */

import { REQUEST_TIMEOUT } from '@kraken/edge/gate/limits';
import type { LargeBody } from '@kraken/edge/http/large-body';
import { CLAIM_LIFETIME } from '@kraken/protocol';
import { Pool } from 'undici';
import { type EngineAnswer, EngineCall } from './engine-call.js';
import { ClientGoneError, EngineForgottenError } from './engine-errors.js';

/** How many calls to one engine are under way at the same time; more wait for their turn. */
export const CONNECTIONS_PER_ENGINE = 64;
/**
 * So many of them are for calls that are passed on while they come: a client that sends slowly has one for as long as it likes to
 * take. Longer calls beyond them are read whole first.
 */
export const RELAYS_PER_ENGINE = CONNECTIONS_PER_ENGINE / 2;
/** How long an engine may take to accept a connection, ms. */
export const CONNECT_TIMEOUT = 1_000;
/**
 * How long a call may take, its waiting for a free connection included, ms: less than a claim holds, so that no join
 * arrives where its room has been released.
 */
export const CALL_TIMEOUT = CLAIM_LIFETIME - 2_000;

/** Where an engine's calls go: to a path, by its connections. */
interface Target {
  readonly pool: Pool;
  readonly path: string;
  /** Calls that are passed on while they come. */
  relays: number;
}

export class EngineConnections {
  readonly #targets = new Map<string, Target>();

  /**
   * Posts a call.
   * @param url of the engine
   * @param body of the request
   * @param headers to be passed on
   * @throws EngineGoneError, EngineDrainsError, EngineForgottenError, EngineFailedError
   */
  post(url: string, body: string, headers: Readonly<Record<string, string>>): Promise<EngineAnswer> {
    const { pool, path } = this.#targetOf(url);
    const call = new EngineCall(CALL_TIMEOUT, false);
    const all = { ...headers, 'content-type': 'application/json' };
    pool.dispatch({ method: 'POST', path, headers: all, body }, call);
    return call.answer;
  }

  /** @returns whether another call may be passed on to the engine while it comes */
  mayRelay(url: string): boolean {
    return this.#targetOf(url).relays < RELAYS_PER_ENGINE;
  }

  /**
   * Posts a call while it comes from its client, whose time is added to the call's.
   * @param url of the engine
   * @param body is read, or broken off
   * @param headers to be passed on
   * @throws EngineGoneError, EngineDrainsError, EngineForgottenError, EngineFailedError, ClientGoneError
   */
  async relay(
    url: string,
    body: LargeBody,
    headers: Readonly<Record<string, string>>,
  ): Promise<EngineAnswer> {
    const target = this.#targetOf(url);
    const { pool, path } = target;
    const call = new EngineCall(REQUEST_TIMEOUT + CALL_TIMEOUT, true);
    const all = {
      ...headers,
      'content-type': 'application/json',
      'content-length': String(body.length),
    };
    target.relays++;
    try {
      pool.dispatch({ method: 'POST', path, headers: all, body: body.stream() }, call);
      return await call.answer;
    } catch (error) {
      throw body.isBroken ? new ClientGoneError('the client has broken its call off') : error;
    } finally {
      target.relays--;
    }
  }

  /** Breaks off those to engines that are not among these: nobody waits for the dead. */
  keep(urls: ReadonlySet<string>): void {
    for (const [url, { pool }] of this.#targets) {
      if (urls.has(url)) continue;
      this.#targets.delete(url);
      void pool.destroy(new EngineForgottenError('the engine has left the cluster'));
    }
  }

  async close(): Promise<void> {
    await Promise.all([...this.#targets.values()].map(({ pool }) => pool.destroy()));
    this.#targets.clear();
  }

  #targetOf(url: string): Target {
    const existing = this.#targets.get(url);
    if (existing !== undefined) return existing;
    const { origin, pathname } = new URL(url);
    const pool = new Pool(origin, {
      connections: CONNECTIONS_PER_ENGINE,
      connect: { timeout: CONNECT_TIMEOUT },
    });
    const target: Target = { pool, path: pathname, relays: 0 };
    this.#targets.set(url, target);
    return target;
  }
}
