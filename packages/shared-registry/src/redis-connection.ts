/** One connection to Redis that is made anew when it breaks or falls silent, and knows to which run of the server it is. */
import { setTimeout as sleep } from 'node:timers/promises';
import { createClient, ErrorReply } from '@redis/client';
import type { Logger } from 'pino';
import { RegistryUnreachableError, type Unreachable } from './registry-unreachable-error.js';
import type { Script } from './scripts.js';

/** The key that all others begin with; what is in braces decides the slot in a Redis Cluster. */
export const KEY = '{kraken}';
/** How long Redis may take to answer, ms: less than engines wait for the answer to a heartbeat. */
export const COMMAND_TIMEOUT = 800;
/** How long it may take until a connection can be used, ms. */
const CONNECT_TIMEOUT = 2_000;
const RECONNECT_INTERVAL = 250;
/** How long after a connection was refused it is still known that nobody listens, ms: longer than between two attempts. */
const REFUSAL_LIFETIME = 500;
/** A key that is written to learn whether the server takes writes. */
const PROBE = `${KEY}:probe`;
const PROBE_LIFETIME = '1000';
/** Replies that are a fault of ours; all others say that the server cannot serve as it is. */
const OUR_FAULT = /^(ERR|WRONGTYPE)\b/;

type Client = ReturnType<typeof newClient>;

export interface RedisConnectionOptions {
  /** redis:// or rediss://, with user, password and number of the database where there are any */
  readonly url: string;
  /** Called whenever the server can be asked again. */
  readonly onEstablished: () => void;
  readonly logger: Logger;
}

/** A connection, and the run of the server that it is to: empty until it can be used. */
interface Attempt {
  readonly client: Client;
  run: string;
  /** Breaks it off. */
  readonly giveUp: (reason: Error) => void;
  /** Rejects with why it is no more. */
  readonly broken: Promise<never>;
}

export class RedisConnection {
  readonly #options: RedisConnectionOptions;
  readonly #ending = new AbortController();
  #current: Attempt | null = null;
  /** When a connection was refused last, ms. */
  #refusedAt = Number.NEGATIVE_INFINITY;
  /** What was logged last of why there is no connection. */
  #loggedReason = '';

  constructor(options: RedisConnectionOptions) {
    this.#options = options;
  }

  /** null when the server can be asked. */
  get unreachable(): Unreachable | null {
    if (this.#usable !== null) return null;
    return performance.now() - this.#refusedAt < REFUSAL_LIFETIME ? 'refused' : 'silent';
  }

  /** Goes on trying until close(). */
  async open(): Promise<void> {
    const { signal } = this.#ending;
    while (!signal.aborted) {
      await this.#useConnection();
      await sleep(RECONNECT_INTERVAL, undefined, { signal, ref: false }).catch(() => {});
    }
  }

  /**
   * @param args after the run of the server, which is put before them
   * @throws RegistryUnreachableError
   */
  async evaluate(script: Script, args: readonly string[]): Promise<unknown> {
    const attempt = this.#usable;
    if (attempt === null) throw this.#unreachableError();
    const { client, run, giveUp } = attempt;
    const rest = ['1', KEY, run, ...args];
    const ask = async (): Promise<unknown> => {
      try {
        return await client.sendCommand(['EVALSHA', script.sha1, ...rest]);
      } catch (error) {
        if (!isReply(error, /^NOSCRIPT\b/)) throw error;
        return client.sendCommand(['EVAL', script.source, ...rest]);
      }
    };
    try {
      return await within(COMMAND_TIMEOUT, ask());
    } catch (error) {
      if (error instanceof ErrorReply && OUR_FAULT.test(error.message)) throw error;
      // What answers nothing, or that it cannot, may be another server by the next connection.
      if (error instanceof LateError || error instanceof ErrorReply) giveUp(error);
      throw this.#unreachableError();
    }
  }

  close(): void {
    this.#ending.abort();
    this.#current?.giveUp(new Error('closed'));
  }

  get #usable(): Attempt | null {
    return this.#current === null || this.#current.run === '' ? null : this.#current;
  }

  #unreachableError(): RegistryUnreachableError {
    return new RegistryUnreachableError(this.unreachable ?? 'silent');
  }

  /** Makes a connection, and returns when it is no more. */
  async #useConnection(): Promise<void> {
    try {
      const attempt = this.#begin();
      const run = await Promise.race([within(CONNECT_TIMEOUT, connect(attempt.client)), attempt.broken]);
      attempt.run = run;
      this.#loggedReason = '';
      this.#options.logger.info({ run }, 'the registry answers');
      this.#options.onEstablished();
      await attempt.broken;
    } catch (error) {
      this.#explain(error);
    } finally {
      this.#current?.client.destroy();
      this.#current = null;
    }
  }

  #begin(): Attempt {
    const client = newClient(this.#options.url);
    let giveUp: (reason: Error) => void = () => {};
    const broken = new Promise<never>((_, reject) => {
      giveUp = (reason) => {
        if (this.#current?.client === client) this.#current.run = '';
        reject(reason);
      };
    });
    // Its errors are told by whoever waits for it, if anybody does.
    broken.catch(() => {});
    client.on('error', giveUp);
    const attempt = { client, run: '', giveUp, broken };
    this.#current = attempt;
    return attempt;
  }

  #explain(error: unknown): void {
    const codes = codesOf(error);
    if (codes.every((code) => code === 'ECONNREFUSED')) this.#refusedAt = performance.now();
    const reason = codes.join();
    if (reason === this.#loggedReason || this.#ending.signal.aborted) return;
    this.#loggedReason = reason;
    this.#options.logger.warn({ reason }, 'the registry cannot be reached');
  }
}

function newClient(url: string) {
  const socket = { connectTimeout: CONNECT_TIMEOUT, reconnectStrategy: false } as const;
  // Its own time-outs keep a signal and a timer of each command for seconds; within() does better.
  return createClient({ url, disableOfflineQueue: true, socket, commandOptions: { timeout: 0 } });
}

/** It took too long. */
class LateError extends Error {
  override readonly name = 'LateError';

  constructor(timeout: number) {
    super(`no answer within ${timeout} ms`);
  }
}

/** @returns which run of the server the connection is to, asked before anything else is; it takes writes */
async function connect(client: Client): Promise<string> {
  await client.connect();
  await client.sendCommand(['SET', PROBE, '', 'PX', PROBE_LIFETIME]);
  const [, run] = /^run_id:(\S+)/m.exec(await client.info('server')) ?? [];
  if (run === undefined) throw new Error('the server does not tell its run_id');
  return run;
}

function within<T>(timeout: number, answer: Promise<T>): Promise<T> {
  return new Promise((fulfil, reject) => {
    const timer = setTimeout(() => reject(new LateError(timeout)), timeout);
    const settle = () => clearTimeout(timer);
    answer.finally(settle).then(fulfil, reject);
  });
}

function isReply(error: unknown, pattern: RegExp): boolean {
  return error instanceof ErrorReply && pattern.test(error.message);
}

/** @returns what went wrong, for each of the addresses that were tried: a system's code, or the first word of a reply */
function codesOf(error: unknown): readonly string[] {
  if (error instanceof AggregateError) return error.errors.flatMap(codesOf);
  if (error instanceof ErrorReply) return [error.message.split(' ', 1)[0] ?? ''];
  if (error instanceof Error && 'code' in error) return [String(error.code)];
  return [error instanceof Error ? error.message : String(error)];
}
