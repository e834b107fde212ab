/** Announces the engine to a monitor, or to a balancer before several. */
import { ENGINES_PATH, type EngineReport, HEARTBEAT_INTERVAL, type HeartbeatAnswer } from '@kraken/protocol';
import type { Announcer } from './announcer.js';

/** How long the monitor may take to answer, ms: one heartbeat may get lost, and the next is still in time. */
export const HEARTBEAT_TIMEOUT = HEARTBEAT_INTERVAL / 2;
/** How much of the monitor's complaint is told, in characters. */
const MAX_TOLD_ANSWER = 200;

export class HttpAnnouncer implements Announcer {
  readonly #url: string;
  readonly #secret: string;

  /** @param url of the monitor */
  constructor(url: string, secret: string) {
    this.#url = url;
    this.#secret = secret;
  }

  get name(): string {
    return this.#url;
  }

  async announce(report: EngineReport, signal: AbortSignal): Promise<HeartbeatAnswer> {
    const body = JSON.stringify(report);
    return answerOf(JSON.parse(await this.#send('POST', ENGINES_PATH, { body, signal })));
  }

  async leave(engineId: string): Promise<void> {
    await this.#send('DELETE', `${ENGINES_PATH}/${engineId}`, {});
  }

  async #send(
    method: string,
    path: string,
    { body, signal }: { readonly body?: string; readonly signal?: AbortSignal },
  ): Promise<string> {
    const timeout = AbortSignal.timeout(HEARTBEAT_TIMEOUT);
    const base = this.#url.endsWith('/') ? this.#url : `${this.#url}/`;
    const response = await fetch(new URL(path.slice(1), base), {
      method,
      headers: { authorization: `Bearer ${this.#secret}` },
      signal: signal === undefined ? timeout : AbortSignal.any([timeout, signal]),
      ...(body === undefined ? {} : { body }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`HTTP status ${response.status}: ${text.slice(0, MAX_TOLD_ANSWER)}`);
    return text;
  }
}

/** @throws Error for what is no HeartbeatAnswer */
function answerOf(answer: unknown): HeartbeatAnswer {
  if (typeof answer === 'object' && answer !== null && 'lost' in answer) {
    const { lost } = answer;
    const drain = 'drain' in answer && answer.drain === true;
    const hasRoom = 'hasRoom' in answer && answer.hasRoom === true;
    const registry = 'registry' in answer && answer.registry === 'gone' ? 'gone' : 'there';
    if (Array.isArray(lost) && lost.every((rid) => typeof rid === 'string')) {
      return { lost, drain, hasRoom, registry };
    }
  }
  throw new Error('the answer is none to a heartbeat');
}
