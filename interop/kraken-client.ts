import type { RpcErrorBody, RpcMethodName, RpcParams, RpcResult } from '@kraken/protocol';

/** The engine refused a call. */
export class RpcRefusal extends Error {
  readonly code: number;

  constructor(method: string, { code, description }: RpcErrorBody) {
    super(`${method} answered ${code}: ${description}`);
    this.code = code;
  }
}

/** Kraken's JSON-RPC, as a client in node calls it. */
export class KrakenClient {
  readonly #url: string;
  readonly #headers: Readonly<Record<string, string>>;

  /** @param token the access token, where the engine asks for one */
  constructor(url: string, token: string | null = null) {
    this.#url = url;
    const shown: Readonly<Record<string, string>> =
      token === null ? {} : { Authorization: `Bearer ${token}` };
    this.#headers = { 'Content-Type': 'application/json', ...shown };
  }

  /** @throws RpcRefusal for an error of the engine's registry */
  async call<M extends RpcMethodName>(method: M, ...params: RpcParams<M>): Promise<RpcResult<M>> {
    const response = await fetch(this.#url, {
      method: 'POST',
      headers: this.#headers,
      body: JSON.stringify({ id: `${method}-call`, method, params }),
    });
    const text = await response.text();
    if (response.status !== 200) throw new Error(`${method} answered HTTP ${response.status}: ${text}`);
    const body: { readonly data?: RpcResult<M>; readonly error?: RpcErrorBody } = JSON.parse(text);
    if (body.error !== undefined) throw new RpcRefusal(method, body.error);
    if (body.data === undefined) throw new Error(`${method} answered neither data nor error: ${text}`);
    return body.data;
  }
}
