/** One connection to Redis that is made anew when it breaks or falls silent, and knows to which run of the server it is. */
import { setTimeout as sleep } from 'node:timers/promises';
import { createClient, ErrorReply } from '@redis/client';
import type { Logger } from 'pino';
import { RegistryUnreachableError, type Unreachable } from './registry-unreachable-error.js';
import type { Script } from './scripts.js';

/** The key that all others begin with; what is in braces decides the slot in a Redis Cluster. */
const KEY = '{kraken}';
/** How long Redis may take to answer, ms: less than engines wait for the answer to a heartbeat. */
export const COMMAND_TIMEOUT = 800;
/** How long it may take until a connection can be used, ms. */
const CONNECT_TIMEOUT = 2_000;
const RECONNECT_INTERVAL = 250;
/** Replies by which a server says that it is one, and cannot serve at this time. */
const UNABLE = /^(LOADING|READONLY|MASTERDOWN|CLUSTERDOWN|OOM|MISCONF|NOAUTH|WRONGPASS|NOPERM|BUSY)\b/;

type Client = ReturnType<typeof newClient>;

export interface RedisConnectionOptions {
  /** redis:// or rediss://, with user, password and number of the database where there are any */
  readonly url: string;
  /** Called whenever the server can be asked again. */
  readonly onEstablished: () => void;
  readonly logger: Logger;
}

/** A connection that can be used, and the run of the server that it is to. */
interface Established {
  readonly client: Client;
  readonly run: string;
  giveUp(reason: Error): void;
}

export class RedisConnection {
  readonly #options: RedisConnectionOptions;
  readonly #ending = new AbortController();
  #established: Established | null = null;
  #unreachable: Unreachable = 'silent';
  /** What was logged last of why there is no connection. */
  #loggedReason = '';

  constructor(options: RedisConnectionOptions) {
    this.#options = options;
  }

  /** null when the server can be asked. */
  get unreachable(): Unreachable | null {
    return this.#established === null ? this.#unreachable : null;
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
    const established = this.#established;
    if (established === null) throw new RegistryUnreachableError(this.#unreachable);
    const { client, run } = established;
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
      if (error instanceof ErrorReply && !UNABLE.test(error.message)) throw error;
      if (error instanceof LateError) established.giveUp(error);
      throw new RegistryUnreachableError(this.#unreachable);
    }
  }

  close(): void {
    this.#ending.abort();
    this.#established?.giveUp(new Error('closed'));
  }

  /** Makes a connection, and returns when it is no more. */
  async #useConnection(): Promise<void> {
    const client = newClient(this.#options.url);
    const broken = new Promise<Error>((resolve) => {
      client.on('error', resolve);
      this.#ending.signal.addEventListener('abort', () => resolve(new Error('closed')), { once: true });
    });
    try {
      const run = await within(CONNECT_TIMEOUT, connect(client));
      throw await this.#untilBroken(client, run, broken);
    } catch (error) {
      this.#established = null;
      this.#explain(error);
    } finally {
      client.destroy();
    }
  }

  /** @returns why the connection is no more */
  async #untilBroken(client: Client, run: string, broken: Promise<Error>): Promise<Error> {
    const givenUp = new Promise<Error>((resolve) => {
      const giveUp = (reason: Error) => {
        this.#established = null;
        this.#unreachable = 'silent';
        resolve(reason);
      };
      this.#established = { client, run, giveUp };
      client.on('error', giveUp);
    });
    this.#unreachable = 'silent';
    this.#loggedReason = '';
    this.#options.logger.info({ run }, 'the registry answers');
    this.#options.onEstablished();
    return Promise.race([broken, givenUp]);
  }

  #explain(error: unknown): void {
    const reason = reasonOf(error);
    this.#unreachable = reason === 'ECONNREFUSED' ? 'refused' : 'silent';
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

/** @returns which run of the server the connection is to, asked before anything else is */
async function connect(client: Client): Promise<string> {
  await client.connect();
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

/** A system's error has a code; where a name has several addresses, the first one's is told. */
function reasonOf(error: unknown): string {
  const first: unknown = error instanceof AggregateError ? error.errors[0] : error;
  if (first instanceof Error && 'code' in first) return String(first.code);
  return first instanceof Error ? first.message : String(first);
}
