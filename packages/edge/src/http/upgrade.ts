/** The request that opens a live socket: `GET /ws?room=<rid>` with an upgrade to WebSocket, on engine and monitor alike. */
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { TLSSocket } from 'node:tls';
import { type HttpFailure, identifierProblem, type RpcError } from '@kraken/protocol';
import { hasTooManyFields, TOO_MANY_FIELDS, TOO_MANY_FIELDS_CODE } from './header-fields.js';

export const LIVE_PATH = '/ws';
/** Names the room in the query. */
export const ROOM_PARAMETER = 'room';

/** How long a peer may take to read why its upgrade is refused, ms: nobody else watches over the connection by then. */
export const REFUSAL_TIMEOUT = 5_000;
const WEBSOCKET = 'websocket';

/** An upgrade that is answered by plain HTTP. */
export interface UpgradeRefusal {
  /** As in the status line: `400 Bad Request`. */
  readonly status: string;
  readonly error: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * @param target of the request: path and query
 * @returns the room that the socket is for, or why there is none
 */
export function roomOfUpgrade(target: string | undefined): { readonly rid: string } | UpgradeRefusal {
  const [path = '', ...query] = (target ?? '').split('?');
  if (path !== LIVE_PATH) return { status: '404 Not Found', error: 'not found' };
  // Only the first question mark begins the query, RFC 3986 section 3.4.
  const rid = new URLSearchParams(query.join('?')).get(ROOM_PARAMETER);
  if (rid === null) return badRequest(`${ROOM_PARAMETER} is missing in the query`);
  const problem = identifierProblem(rid);
  return problem === null ? { rid } : badRequest(`${ROOM_PARAMETER} ${problem}`);
}

/**
 * Hands over the upgrades to WebSocket that come to a server. Other protocols are offered to it with calls (`h2c` by many
 * HTTP clients, in each of their requests): those are answered as if nothing were offered, RFC 9110 section 7.8. A request
 * with too many header fields is told to the server's `clientError`.
 *
 * @param take gets the request, its connection, and what has come behind the request
 */
export function takeUpgrades(
  server: Server,
  take: (request: IncomingMessage, socket: Duplex, head: Buffer) => void,
): void {
  const latestAnswers = new WeakMap<Duplex, ServerResponse>();
  server.on('request', ({ socket }, response) => latestAnswers.set(socket, response));
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const destroy = () => socket.destroy();
    socket.on('error', destroy);
    const proceed = () => {
      if (socket.destroyed) return;
      if (hasTooManyFields(request)) {
        const error = Object.assign(new Error(TOO_MANY_FIELDS), { code: TOO_MANY_FIELDS_CODE });
        if (!server.emit('clientError', error, socket)) socket.destroy();
        return;
      }
      if (request.headers.upgrade?.toLowerCase() === WEBSOCKET) {
        take(request, socket, head);
        return;
      }
      socket.off('error', destroy);
      socket.unshift(Buffer.concat([withoutUpgrade(request), head]));
      server.emit(socket instanceof TLSSocket ? 'secureConnection' : 'connection', socket);
    };
    const latest = latestAnswers.get(socket);
    // Who does not wait for answers to former requests gets them first.
    if (latest === undefined || latest.closed) proceed();
    else latest.once('close', proceed);
  });
}

/** @returns the request's head as it came, but for the field Upgrade */
function withoutUpgrade({ method, url, httpVersion, rawHeaders }: IncomingMessage): Buffer {
  const lines = [`${method} ${url} HTTP/${httpVersion}`];
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const [name = '', value = ''] = rawHeaders.slice(index, index + 2);
    if (name.toLowerCase() !== 'upgrade') lines.push(`${name}: ${value}`);
  }
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1');
}

/** Answers and closes; a peer that reads nothing is waited for no longer than REFUSAL_TIMEOUT. */
export function refuseUpgrade(socket: Duplex, { status, error, headers = {} }: UpgradeRefusal): void {
  const failure: HttpFailure = { error };
  const body = JSON.stringify(failure);
  const more = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  const timer = setTimeout(() => socket.destroy(), REFUSAL_TIMEOUT);
  socket.once('close', () => clearTimeout(timer));
  socket.once('finish', () => socket.destroy());
  socket.end(
    `HTTP/1.1 ${status}\r\nContent-Type: application/json; charset=utf-8\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n${more.join('')}\r\n${body}`,
  );
}

/** @param error why the token that came with the upgrade does not do */
export function accessRefusal({ name, message }: RpcError): UpgradeRefusal {
  if (name === 'NOT_PERMITTED') return { status: '403 Forbidden', error: message };
  if (name === 'TIMEOUT') return { status: '503 Service Unavailable', error: message };
  const headers = { 'WWW-Authenticate': 'Bearer' };
  return { status: '401 Unauthorized', error: message, headers };
}

function badRequest(error: string): UpgradeRefusal {
  return { status: '400 Bad Request', error };
}
