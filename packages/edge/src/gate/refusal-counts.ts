/** Counts what is refused to strangers, for operators. */
import { RPC_ERRORS } from '@kraken/protocol';

/** Why something is refused that has not become a call, or is none. */
export const REQUEST_REFUSALS = [
  'body-too-long',
  'headers-too-long',
  'too-slow',
  'too-much-unfinished',
  'not-http',
  'too-many-requests',
  'too-many-connections',
  'too-many-connections-of-address',
  'too-many-sockets',
  'too-many-sockets-of-address',
] as const;
export type RequestRefusal = (typeof REQUEST_REFUSALS)[number];

export class RefusalCounts {
  readonly #requests = new Map<RequestRefusal, number>(REQUEST_REFUSALS.map((reason) => [reason, 0]));
  readonly #calls = new Map<number, number>(Object.values(RPC_ERRORS).map(({ code }) => [code, 0]));

  countRequest(reason: RequestRefusal): void {
    this.#requests.set(reason, (this.#requests.get(reason) ?? 0) + 1);
  }

  /** @param code of the error that a call was answered with; another number for none */
  countCall(code: number): void {
    const count = this.#calls.get(code);
    if (count !== undefined) this.#calls.set(code, count + 1);
  }

  /** All reasons, those of which there was none included. */
  get requests(): ReadonlyMap<RequestRefusal, number> {
    return this.#requests;
  }

  /** All codes, those of which there was none included. */
  get calls(): ReadonlyMap<number, number> {
    return this.#calls;
  }
}
