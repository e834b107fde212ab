/**
 * Who has sent no token with an upgrade, as browsers cannot, shows it in the first message. The monitor reads that itself: strangers
 * are to have no room placed for them, and take no connection to an engine.
 */
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Caller } from '@kraken/edge/auth/caller';
import { AUTHENTICATION_TIMEOUT } from '@kraken/edge/auth/callers';
import { LIVE_CLOSE, RpcError } from '@kraken/protocol';
import { ClientMessages, type ClosingFault, openingHead, textFrame } from './client-messages.js';
import { closeFrame } from './frame-boundaries.js';

/** How long a client may take to close its side, ms. */
const CLOSE_TIMEOUT = 1_000;
/** What fits into a control frame behind the code, RFC 6455 section 5.5; reasons are ASCII. */
const MAX_REASON_LENGTH = 123;
/** With more answers than that waiting to be read, octets, a client is no longer answered. */
const MAX_UNREAD = 64 * 1024;
const UNREAD: ClosingFault = { code: LIVE_CLOSE.TOO_SLOW, reason: 'too much is waiting to be read' };
const ENDED: ClosingFault = { code: LIVE_CLOSE.NORMAL, reason: '' };
const AUTHENTICATE = 'authenticate';
/** RFC 6455 section 4.1: sixteen octets in base64. */
const KEY = /^[A-Za-z0-9+/]{22}==$/;
const WEBSOCKET_VERSION = '13';

/** A client that has shown a good token, and waits for the answer. */
export interface AuthenticatedClient {
  readonly token: string;
  /** What it has sent behind the token. */
  readonly rest: Buffer;
  /** Answers that the token was taken. */
  accept(): void;
}

/** @returns whether a request is a handshake that can be answered without an engine */
export function isHandshake({ headers, method }: IncomingMessage): boolean {
  const key = headers['sec-websocket-key'] ?? '';
  return method === 'GET' && KEY.test(key) && headers['sec-websocket-version'] === WEBSOCKET_VERSION;
}

/**
 * Opens the WebSocket and waits for a token. Whatever else comes is answered with TOKEN_MISSING.
 *
 * @param request a handshake
 * @param first what came behind it
 * @param verify throws RpcError when the token does not do
 * @param hold is told how much is held of messages that have not come whole, octets
 * @returns null when the client has ended, or was closed
 */
export async function awaitToken(
  request: IncomingMessage,
  client: Duplex,
  first: Buffer,
  verify: (token: unknown) => Promise<Caller>,
  hold: (octets: number) => void,
): Promise<AuthenticatedClient | null> {
  client.write(openingHead(request.headers['sec-websocket-key'] ?? ''));
  const timer = setTimeout(
    () => closeClient(client, LIVE_CLOSE.UNAUTHENTICATED, 'no access token came in time'),
    AUTHENTICATION_TIMEOUT,
  );
  try {
    const outcome = await readToken(client, first, verify, hold);
    if ('token' in outcome) return outcome;
    closeClient(client, outcome.code, outcome.reason);
    return null;
  } catch (error) {
    if (client.destroyed) return null;
    throw error;
  } finally {
    clearTimeout(timer);
    hold(0);
  }
}

/** Sends a close frame, and does not wait for long. */
export function closeClient(client: Duplex, code: number, reason: string): void {
  if (client.destroyed) return;
  if (!client.writableEnded) {
    client.end(closeFrame(code, reason.slice(0, MAX_REASON_LENGTH)));
    const timer = setTimeout(() => client.destroy(), CLOSE_TIMEOUT);
    client.once('close', () => clearTimeout(timer));
  }
  client.resume();
}

/** @returns the client with its token, or how its socket is to be closed */
async function readToken(
  client: Duplex,
  first: Buffer,
  verify: (token: unknown) => Promise<Caller>,
  hold: (octets: number) => void,
): Promise<AuthenticatedClient | ClosingFault> {
  const messages = new ClientMessages();
  messages.push(first);
  const pieces: AsyncIterator<Buffer> = client.iterator({ destroyOnReturn: false });
  try {
    for (;;) {
      const message = messages.next();
      if (message === null) {
        hold(messages.rest.length);
        const { done, value } = await pieces.next();
        if (done === true || client.writableEnded) return ENDED;
        messages.push(value);
        continue;
      }
      if (message === 'ended') return ENDED;
      if ('code' in message) return message;
      const { id, token, refusal } = await answerOf(message.text, verify);
      if (client.destroyed || client.writableEnded) return ENDED;
      if (refusal === null) {
        return { token, rest: messages.rest, accept: () => client.write(textFrame(resultText(id))) };
      }
      client.write(textFrame(errorText(id, refusal)));
      if (client.writableLength > MAX_UNREAD) return UNREAD;
    }
  } finally {
    await pieces.return?.();
  }
}

interface TokenAnswer {
  readonly id: string | number | null;
  readonly token: string;
  /** Null when the token is good. */
  readonly refusal: RpcError | null;
}

async function answerOf(text: string, verify: (token: unknown) => Promise<Caller>): Promise<TokenAnswer> {
  const { id, method, token } = parseCall(text);
  try {
    if (method !== AUTHENTICATE)
      throw new RpcError('TOKEN_MISSING', 'expected authenticate with an access token first');
    await verify(token);
    return { id, token: String(token), refusal: null };
  } catch (error) {
    if (error instanceof RpcError) return { id, token: '', refusal: error };
    throw error;
  }
}

/** What is no call of JSON-RPC 2.0 is none of `authenticate` either. */
function parseCall(text: string): {
  readonly id: string | number | null;
  readonly method: unknown;
  readonly token: unknown;
} {
  const { id, method, params, jsonrpc } = membersOf(text);
  const isNamed = typeof id === 'string' || typeof id === 'number';
  const token: unknown = Array.isArray(params) ? params[0] : undefined;
  return { id: isNamed ? id : null, method: jsonrpc === '2.0' ? method : undefined, token };
}

function membersOf(text: string): { id?: unknown; method?: unknown; params?: unknown; jsonrpc?: unknown } {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : {};
  } catch {
    return {};
  }
}

function resultText(id: string | number | null): string {
  return JSON.stringify({ jsonrpc: '2.0', id, result: {} });
}

function errorText(id: string | number | null, { code, status, message }: RpcError): string {
  return JSON.stringify({ jsonrpc: '2.0', id, error: { code, message, data: { status } } });
}
