/** Pooled keep-alive connections to the engines, by which calls go to them. */
import { CLAIM_LIFETIME, REFUSED_DRAINING, REFUSED_HEADER } from '@kraken/protocol';
import { Pool } from 'undici';

/** How many calls to one engine are under way at the same time; more wait for their turn. */
export const CONNECTIONS_PER_ENGINE = 64;
/** How long an engine may take to accept a connection, ms. */
export const CONNECT_TIMEOUT = 1_000;
/**
 * How long a call may take, its waiting for a free connection included, ms: less than a claim holds, so that no join
 * arrives where its room has been released.
 */
export const CALL_TIMEOUT = CLAIM_LIFETIME - 2_000;

const OK = 200;

/** Nobody listens at the engine's port: the call was not carried out. */
export class EngineGoneError extends Error {
  override readonly name = 'EngineGoneError';
}

/** The engine drains and does not hold the room: the call was not carried out. */
export class EngineDrainsError extends Error {
  override readonly name = 'EngineDrainsError';
}

/** The engine has not answered properly; whether it has carried the call out is not known. */
export class EngineFailedError extends Error {
  override readonly name = 'EngineFailedError';
}

/** Where an engine's calls go: to a path, by its connections. */
interface Target {
  readonly pool: Pool;
  readonly path: string;
}

export class EngineConnections {
  readonly #targets = new Map<string, Target>();

  /**
   * Posts a call.
   * @param url of the engine
   * @param body of the request
   * @param headers to be passed on
   * @returns the body of the response
   * @throws EngineGoneError, EngineDrainsError, EngineFailedError
   */
  async post(url: string, body: string, headers: Readonly<Record<string, string>>): Promise<string> {
    // AbortSignal.timeout would keep a signal and a timer of each call until the time is over: garbage of tens of
    // thousands of calls, which stops all others while it is collected.
    const deadline = new AbortController();
    const timer = setTimeout(() => deadline.abort(new EngineFailedError('no answer in time')), CALL_TIMEOUT);
    try {
      const { pool, path } = this.#targetOf(url);
      const response = await pool.request({
        method: 'POST',
        path,
        headers: { ...headers, 'content-type': 'application/json' },
        body,
        signal: deadline.signal,
      });
      const text = await response.body.text();
      if (response.headers[REFUSED_HEADER] === REFUSED_DRAINING) throw new EngineDrainsError();
      if (response.statusCode === OK) return text;
      throw new EngineFailedError(`HTTP status ${response.statusCode}`);
    } catch (error) {
      if (error instanceof EngineFailedError || error instanceof EngineDrainsError) throw error;
      const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
      throw code === 'ECONNREFUSED' ? new EngineGoneError(code) : new EngineFailedError(code);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Breaks off those to engines that are not among these: nobody waits for the dead. */
  keep(urls: ReadonlySet<string>): void {
    for (const [url, { pool }] of this.#targets) {
      if (urls.has(url)) continue;
      this.#targets.delete(url);
      void pool.destroy();
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
    const target = { pool, path: pathname };
    this.#targets.set(url, target);
    return target;
  }
}
