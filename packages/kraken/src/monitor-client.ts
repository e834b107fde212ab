/** Asks a monitor for what commands need of it. */
import { ENGINES_PATH, RPC_ERRORS } from '@kraken/protocol';
import { z } from 'zod';
import type { MonitorAccess } from './monitor-access.js';

/** How long the monitor may take to answer, ms. */
const TIMEOUT = 5_000;
const OK = 200;
const UNAUTHORIZED = 401;
const NOT_FOUND = 404;

const UNKNOWN_SECRET = "the cluster's secret is not known: give a configuration (-c) or KRAKEN_SECRET";
const INFO = JSON.stringify({ id: 'cluster', method: 'info', params: [] });

const engineSchema = z.looseObject({
  id: z.string(),
  url: z.string(),
  region: z.string(),
  version: z.string(),
  state: z.string(),
  load: z.number(),
  rooms: z.number(),
  participants: z.number(),
});
const clusterSchema = z.looseObject({ engines: z.array(engineSchema) });
const infoSchema = z.object({ data: clusterSchema });
const refusalSchema = z.object({ error: z.object({ code: z.number() }) });
const failureSchema = z.object({ error: z.string() });

/** An engine as the monitor's `info` tells of it. */
export type EngineRow = z.infer<typeof engineSchema>;
/** The data of the monitor's `info`. */
export type ClusterInfo = z.infer<typeof clusterSchema>;

/** The monitor cannot be asked, or does not do it; the message is one line. */
export class MonitorError extends Error {
  override readonly name = 'MonitorError';
}

export class MonitorClient {
  readonly #access: MonitorAccess;

  constructor(access: MonitorAccess) {
    this.#access = access;
  }

  /** @throws MonitorError */
  async info(): Promise<ClusterInfo> {
    const { url, secret } = this.#access;
    if (secret !== null) return this.#engines(url, secret);
    const { status, text } = await this.#ask('POST', '', {}, INFO);
    const result = infoSchema.safeParse(parseJson(text));
    if (result.success) return result.data.data;
    if (refusalSchema.safeParse(parseJson(text)).data?.error.code === RPC_ERRORS.TOKEN_MISSING.code) {
      throw new MonitorError(`the monitor at ${url} demands access tokens: ${UNKNOWN_SECRET}`);
    }
    throw new MonitorError(`what answers at ${url} is no monitor (HTTP status ${status})`);
  }

  /**
   * Has an engine drain; it learns of it with its next heartbeat.
   * @param engineId in full
   * @throws MonitorError
   */
  async drain(engineId: string): Promise<void> {
    const { url, secret } = this.#access;
    if (secret === null) {
      throw new MonitorError(UNKNOWN_SECRET);
    }
    const path = `${ENGINES_PATH.slice(1)}/${encodeURIComponent(engineId)}/drain`;
    const { status, text } = await this.#ask('POST', path, { authorization: `Bearer ${secret}` }, '');
    if (status === OK) return;
    if (status === UNAUTHORIZED) throw new MonitorError(`the monitor at ${url} does not take the secret`);
    if (status === NOT_FOUND)
      throw new MonitorError(`the monitor at ${url} knows of no such engine any more`);
    const failure = failureSchema.safeParse(parseJson(text)).data?.error ?? `HTTP status ${status}`;
    throw new MonitorError(`the monitor at ${url} cannot do that now: ${failure}`);
  }

  /** Who knows the secret needs no access token. */
  async #engines(url: string, secret: string): Promise<ClusterInfo> {
    const { status, text } = await this.#ask('GET', ENGINES_PATH.slice(1), {
      authorization: `Bearer ${secret}`,
    });
    const result = clusterSchema.safeParse(parseJson(text));
    if (status === OK && result.success) return result.data;
    if (status === UNAUTHORIZED) throw new MonitorError(`the monitor at ${url} does not take the secret`);
    throw new MonitorError(`what answers at ${url} is no monitor (HTTP status ${status})`);
  }

  async #ask(
    method: 'GET' | 'POST',
    path: string,
    headers: Readonly<Record<string, string>>,
    body: string | null = null,
  ): Promise<{ readonly status: number; readonly text: string }> {
    const { url } = this.#access;
    try {
      const signal = AbortSignal.timeout(TIMEOUT);
      const response = await fetch(new URL(path, url), { method, headers, body, signal });
      return { status: response.status, text: await response.text() };
    } catch (error) {
      throw new MonitorError(`the monitor at ${url} cannot be reached (${reasonOf(error)})`);
    }
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** What fetch() throws says little; its cause says more. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === 'TimeoutError') return 'no answer in time';
  const { cause } = error;
  if (cause instanceof Error) return 'code' in cause ? String(cause.code) : cause.message;
  return error.message;
}
