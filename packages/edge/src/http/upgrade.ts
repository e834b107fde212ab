/** The request that opens a live socket: `GET /ws?room=<rid>` with an upgrade to WebSocket, on engine and monitor alike. */
import type { Duplex } from 'node:stream';
import { type HttpFailure, identifierProblem } from '@kraken/protocol';

export const LIVE_PATH = '/ws';
/** Names the room in the query. */
export const ROOM_PARAMETER = 'room';

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
  const [path = '', query = ''] = (target ?? '').split('?', 2);
  if (path !== LIVE_PATH) return { status: '404 Not Found', error: 'not found' };
  const rid = new URLSearchParams(query).get(ROOM_PARAMETER);
  if (rid === null) return badRequest(`${ROOM_PARAMETER} is missing in the query`);
  const problem = identifierProblem(rid);
  return problem === null ? { rid } : badRequest(`${ROOM_PARAMETER} ${problem}`);
}

/** Answers and closes; a peer that reads nothing is not waited for. */
export function refuseUpgrade(socket: Duplex, { status, error, headers = {} }: UpgradeRefusal): void {
  const failure: HttpFailure = { error };
  const body = JSON.stringify(failure);
  const more = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.once('finish', () => socket.destroy());
  socket.end(
    `HTTP/1.1 ${status}\r\nContent-Type: application/json; charset=utf-8\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n${more.join('')}\r\n${body}`,
  );
}

function badRequest(error: string): UpgradeRefusal {
  return { status: '400 Bad Request', error };
}
