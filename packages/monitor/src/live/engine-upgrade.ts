/** Opens a WebSocket to an engine, by the very request of its client: what the two negotiate is theirs. */
import { type ClientRequest, type IncomingMessage, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import type { Duplex } from 'node:stream';
import { LIVE_PATH, ROOM_PARAMETER, type UpgradeRefusal } from '@kraken/edge/http/upgrade';
import { REFUSED_DRAINING, REFUSED_HEADER } from '@kraken/protocol';
import { EngineDrainsError, EngineFailedError, EngineGoneError } from '../api/engine-errors.js';

/** How long an engine may take, ms: far less than a claim holds, behind which somebody is to join by the socket. */
export const UPGRADE_TIMEOUT = 3_000;
/** How much of a refusal is read, octets. */
const MAX_REFUSAL = 16 * 1024;
/** What a client negotiates of a WebSocket (RFC 6455, section 4.1), and where it comes from. */
const CLIENT_HEADERS = [
  'origin',
  'sec-websocket-key',
  'sec-websocket-version',
  'sec-websocket-extensions',
  'sec-websocket-protocol',
] as const;

/** An engine has taken the upgrade. */
export interface EngineUpgrade {
  /** The response's header section, as the client gets it; empty when that has been answered before. */
  readonly head: string;
  readonly socket: Duplex;
  /** What came behind the response. */
  readonly first: Buffer;
}

/**
 * @param client the request that came
 * @param url of the engine
 * @param headers to be passed on besides
 * @returns the engine's socket, or how it refuses
 * @throws EngineGoneError, EngineDrainsError, EngineFailedError
 */
export function upgradeAt(
  client: Pick<IncomingMessage, 'headers'>,
  rid: string,
  url: string,
  headers: Readonly<Record<string, string>>,
): Promise<EngineUpgrade | UpgradeRefusal> {
  const target = new URL(`${LIVE_PATH.slice(1)}?${ROOM_PARAMETER}=${encodeURIComponent(rid)}`, url);
  const all: Record<string, string> = { ...headers, connection: 'Upgrade', upgrade: 'websocket' };
  for (const name of CLIENT_HEADERS) {
    const value = client.headers[name];
    if (typeof value === 'string') all[name] = value;
  }
  const request = target.protocol === 'https:' ? requestHttps : requestHttp;
  return outcomeOf(request(target, { agent: false, headers: all }));
}

function outcomeOf(call: ClientRequest): Promise<EngineUpgrade | UpgradeRefusal> {
  return new Promise((fulfil, reject) => {
    const timer = setTimeout(() => call.destroy(new Error('no answer in time')), UPGRADE_TIMEOUT);
    call.once('close', () => clearTimeout(timer));
    call.once('error', (error) => {
      const code = 'code' in error ? String(error.code) : error.message;
      reject(code === 'ECONNREFUSED' ? new EngineGoneError(code) : new EngineFailedError(code));
    });
    call.once('upgrade', (response, socket, first) => {
      clearTimeout(timer);
      fulfil({ head: headOf(response), socket, first });
    });
    call.once('response', (response) => {
      if (response.headers[REFUSED_HEADER] === REFUSED_DRAINING) {
        call.destroy();
        reject(new EngineDrainsError());
      } else refusalOf(response).then(fulfil, reject);
    });
    call.end();
  });
}

function headOf({ statusCode, statusMessage, rawHeaders }: IncomingMessage): string {
  const lines = [`HTTP/1.1 ${statusCode} ${statusMessage}`];
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) lines.push(`${rawHeaders[i]}: ${rawHeaders[i + 1]}`);
  return `${lines.join('\r\n')}\r\n\r\n`;
}

async function refusalOf(response: IncomingMessage): Promise<UpgradeRefusal> {
  const status = `${response.statusCode} ${response.statusMessage}`;
  let text = '';
  try {
    for await (const piece of response.setEncoding('utf8')) {
      text += piece;
      if (text.length > MAX_REFUSAL) break;
    }
    const { error }: { error?: unknown } = JSON.parse(text);
    return { status, error: typeof error === 'string' ? error : status };
  } catch {
    return { status, error: status };
  }
}
