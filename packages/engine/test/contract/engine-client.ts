/** Calls an engine over HTTP exactly as the clients call it. */
import type { RpcErrorBody, RpcMethodName, RpcResult } from '@kraken/protocol';

/** One HTTP response. */
export interface HttpReply {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

/** A call was answered with an error. */
export class CallError extends Error {
  readonly code: number;

  constructor(method: string, error: RpcErrorBody) {
    super(`${method} answered ${JSON.stringify(error)}`);
    this.code = error.code;
  }
}

export class EngineClient {
  constructor(readonly url: string) {}

  async request(method: string, path: string, init: Omit<RequestInit, 'method'> = {}): Promise<HttpReply> {
    const response = await fetch(new URL(path, this.url), { method, ...init });
    return { status: response.status, headers: response.headers, text: await response.text() };
  }

  post(body: string, headers: Record<string, string> = {}): Promise<HttpReply> {
    return this.request('POST', '/', { body, headers });
  }

  /** @returns the data of a call; @throws CallError when the call is answered with an error */
  async call<M extends RpcMethodName>(method: M, ...params: readonly unknown[]): Promise<RpcResult<M>> {
    const { data, error } = await this.#exchange(method, params);
    if (error !== undefined) throw new CallError(method, error);
    return data;
  }

  /** @returns the error of a call; @throws Error when the call is answered with data */
  async failureOf(method: string, ...params: readonly unknown[]): Promise<RpcErrorBody> {
    const { data, error } = await this.#exchange(method, params);
    if (error === undefined) throw new Error(`${method} answered ${JSON.stringify(data)}`);
    return error;
  }

  /** @returns the code of a call's error; 0 when it is answered with data */
  async codeOf(method: string, ...params: readonly unknown[]): Promise<number> {
    const { error } = await this.#exchange(method, params);
    return error?.code ?? 0;
  }

  async #exchange(method: string, params: readonly unknown[]) {
    const { status, text } = await this.post(JSON.stringify({ id: 'i', method, params }));
    if (status !== 200) throw new Error(`${method} answered HTTP ${status}: ${text}`);
    return JSON.parse(text);
  }
}
