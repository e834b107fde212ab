/** Bad clients: what each of them does, and that it is refused as it ought to be. */
import { randomUUID } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { ParticipantSocket, type SocketMemory } from '@kraken/load/socket';
import { WebSocket } from 'ws';
import { accessToken } from '../../interop/access-token.js';
import { FLOODS } from '../floods/floods.js';
import { httpSocket } from '../raw-connection.js';
import type { Chance } from './chance.js';
import { liveUrl } from './live-calls.js';
import type { SoakTally } from './tally.js';

/** Longer than the engine waits for the rest of a request, ms. */
const PATIENCE_MS = 25_000;
const DATAGRAMS = 20;
/** More than the configuration of the soak lets one token's subject make at once. */
const TOO_MANY_CALLS = 200;
/** Octets: more than an HTTP header may have, and than a body. */
const LONG_HEADER = 20 * 1024;
const LONG_BODY = 128 * 1024;
const WRONG_SECRET = 'not the secret of this engine, but as long';

export interface MischiefSurroundings {
  readonly url: string;
  readonly secret: string;
  readonly media: { readonly address: string; readonly port: number };
  readonly memory: SocketMemory;
  readonly chance: Chance;
  readonly tally: SoakTally;
  /** That of the connectivity checks of somebody who is there; null when nobody is. */
  readonly usernameOfGuest: () => string | null;
  /** An offer as guests make it. */
  readonly offer: string;
  /** Ends what would take longer. */
  readonly signal: AbortSignal;
}

/** Whom bad clients pretend to be. */
export const BAD_PLACE = { rid: 'bad-room', uid: 'bad-user' };
/** What may leave somebody behind who never connects, for a minute. */
export const LINGERING = 'descriptions that are none';

type Mischief = (surroundings: MischiefSurroundings) => Promise<void>;

/** By names. */
export const MISCHIEFS: Readonly<Record<string, Mischief>> = {
  'JSON that is none': ({ url, chance, tally }) =>
    expectStatus(url, chance.bytes(chance.below(400)).toString('latin1'), {}, 400, tally),
  'calls that are none': ({ url, chance, tally }) => {
    const body = chance.of([
      '[]',
      '{}',
      '"publish"',
      '{"method":7}',
      '{"method":"publish","params":{}}',
      '[[[[',
    ]);
    return expectStatus(url, body, {}, [200, 400], tally);
  },
  'wrong parameters': (surroundings) => {
    const { chance } = surroundings;
    const method = chance.of(['publish', 'subscribe', 'end', 'answer', 'trickle', 'restart', 'mute', 'turn']);
    const wrong: readonly unknown[] = [null, 7, '', 'x'.repeat(300), { a: 1 }, [], '%zz', 'room', true];
    const params = Array.from({ length: chance.below(6) }, () => chance.of(wrong));
    return expectCode(
      surroundings,
      method,
      params,
      tokenOf(surroundings),
      [5001000, 5002001, 5002003, 5004003],
    );
  },
  [LINGERING]: (surroundings) => {
    const { chance, offer } = surroundings;
    const jsep = JSON.stringify({ type: 'offer', sdp: mangled(offer, chance) });
    return expectCode(surroundings, 'publish', ['bad-room', 'bad-user', jsep], tokenOf(surroundings), null);
  },
  'candidates that are none': (surroundings) => {
    const { chance } = surroundings;
    const candidate = JSON.stringify({ candidate: `candidate:${chance.bytes(40).toString('base64')}` });
    const params = ['bad-room', 'bad-user', randomUUID(), candidate];
    return expectCode(surroundings, 'trickle', params, tokenOf(surroundings), [5001002, 5002001, 5002003]);
  },
  'no token': (surroundings) => expectCode(surroundings, 'info', [], null, [5004000]),
  'a token under another key': (surroundings) =>
    expectCode(surroundings, 'info', [], accessToken(WRONG_SECRET, { administer: true }), [5004001]),
  'a token that has expired': (surroundings) =>
    expectCode(
      surroundings,
      'info',
      [],
      accessToken(surroundings.secret, { administer: true }, -60),
      [5004002],
    ),
  "a token of another's room": (surroundings) => {
    const token = accessToken(surroundings.secret, { room: 'elsewhere', uid: 'bad-user' });
    return expectCode(surroundings, 'list', ['bad-room'], token, [5004003]);
  },
  'administering without the right to': (surroundings) =>
    expectCode(surroundings, 'remove', ['bad-room', 'somebody'], tokenOf(surroundings), [5004003]),
  'too many calls': async (surroundings) => {
    const { secret, tally } = surroundings;
    const token = accessToken(secret, { room: 'bad-room', uid: `eager-${surroundings.chance.below(5)}` });
    const codes = await Promise.all(
      Array.from({ length: TOO_MANY_CALLS }, () => codeOf(surroundings, 'info', [], token)),
    );
    if (!codes.includes(5005000)) tally.fault(`${TOO_MANY_CALLS} calls at once were all taken`);
  },
  'a body that is too long': (surroundings) => {
    const { url, tally } = surroundings;
    const headers = headersOf(tokenOf(surroundings));
    return expectStatus(url, `{"id":"${'x'.repeat(LONG_BODY)}"}`, headers, 413, tally);
  },
  'a long body without a token': ({ url, tally }) =>
    // That it is refused stands in the answer.
    expectStatus(url, `{"id":"${'x'.repeat(LONG_BODY)}"}`, {}, 200, tally),
  'headers that are too long': ({ url, tally }) =>
    expectStatus(url, '{}', { 'x-long': 'x'.repeat(LONG_HEADER) }, 431, tally),
  'a connection on which nothing comes': ({ url, signal }) =>
    untilClosed(httpSocket(url), signal, async () => undefined),
  'a request that never ends': ({ url, chance, signal }) =>
    untilClosed(httpSocket(url), signal, async (socket) => {
      const text = 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9000\r\n\r\n{"id":';
      for (const octet of text.slice(0, chance.between(1, text.length))) {
        socket.write(octet);
        await sleep(chance.between(10, 400));
        if (socket.closed) return;
      }
    }),
  'no HTTP at all': ({ url, chance, signal }) =>
    untilClosed(httpSocket(url), signal, async (socket) => {
      socket.write(chance.bytes(300));
    }),
  'a connection that is broken off': async ({ url, chance }) => {
    const socket = httpSocket(url);
    socket.on('error', () => undefined);
    socket.write('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 90\r\n\r\n{"id":');
    await sleep(chance.between(0, 200));
    socket.resetAndDestroy();
  },
  'a live socket without a token': (surroundings) => liveSocket(surroundings, null, () => undefined),
  'a live socket of another room': (surroundings) =>
    liveSocket(surroundings, tokenOf(surroundings, 'elsewhere'), () => undefined),
  'junk on a live socket': (surroundings) =>
    liveSocket(surroundings, tokenOf(surroundings), (socket) => {
      const { chance } = surroundings;
      for (let i = 0; i < 5; i++) socket.send(chance.bytes(chance.below(200)).toString('latin1'));
      socket.send(chance.bytes(20));
    }),
  'a live socket that breaks off': (surroundings) =>
    liveSocket(surroundings, tokenOf(surroundings), (socket) => socket.terminate()),
  'junk over TCP candidates': ({ media, chance, signal }) =>
    untilClosed(connect(media.port, media.address), signal, async (socket) => {
      for (let i = 0; i < 10 && !socket.closed; i++) {
        socket.write(chance.bytes(chance.below(900)));
        await sleep(20);
      }
    }),
  'frames over TCP that never end': ({ media, chance, signal }) =>
    untilClosed(connect(media.port, media.address), signal, async (socket) => {
      const frame = Buffer.concat([Buffer.from([2, 0]), chance.bytes(50)]);
      for (const octet of frame) {
        if (socket.closed) return;
        socket.write(Buffer.of(octet));
        await sleep(chance.between(1, 100));
      }
    }),
  'a TCP candidate on which nothing comes': async ({ media }) => {
    const socket = connect(media.port, media.address);
    socket.on('error', () => undefined);
    await sleep(3_000);
    socket.destroy();
  },
  'junk, forged checks and records over UDP': async ({ media, memory, chance, usernameOfGuest }) => {
    const socket = new ParticipantSocket(memory, media.address, media.port);
    const username = usernameOfGuest() ?? 'nobodyxx:atall';
    for (let i = 0; i < DATAGRAMS; i++) {
      socket.send(chance.of(FLOODS).make(username));
      if (i % 5 === 0) await sleep(1);
    }
    socket.close();
  },
};

function tokenOf({ secret, chance }: MischiefSurroundings, room = 'bad-room'): string {
  // Each by a subject of its own, as strangers are.
  return accessToken(secret, { room, uid: 'bad-user', sub: `bad-${chance.below(2 ** 31)}` });
}

/** Takes lines out, doubles them, cuts the end off, or puts other characters in. */
function mangled(sdp: string, chance: Chance): string {
  const lines = sdp.split('\r\n');
  const place = chance.below(lines.length);
  return chance.of([
    () => lines.slice(0, place).join('\r\n'),
    () => lines.filter(() => chance.is(0.5)).join('\r\n'),
    () => lines.toSpliced(place, 1, chance.bytes(60).toString('latin1')).join('\r\n'),
    () => lines.map((line) => (chance.is(0.1) ? line.replace(/\d+/g, '99999999999') : line)).join('\r\n'),
    () => sdp.replaceAll('a=mid:0', `a=mid:${'m'.repeat(chance.below(300))}`),
  ])();
}

function headersOf(token: string | null): Record<string, string> {
  return token === null ? {} : { authorization: `Bearer ${token}` };
}

/** Each over a connection of its own: idle ones would be part of what is compared in the calms. */
async function post(url: string, body: string, headers: Record<string, string>): Promise<Response> {
  const signal = AbortSignal.timeout(PATIENCE_MS);
  return fetch(url, { method: 'POST', body, headers: { ...headers, connection: 'close' }, signal });
}

async function expectStatus(
  url: string,
  body: string,
  headers: Record<string, string>,
  expected: number | readonly number[],
  tally: SoakTally,
): Promise<void> {
  const response = await post(url, body, headers).catch(() => null);
  await response?.text();
  // Who sends too much may find the connection closed before the answer is read.
  if (response !== null && ![expected].flat().includes(response.status))
    tally.fault(`HTTP ${response.status} for ${body.slice(0, 40)}`);
}

/** @param expected null for any error, and for an answer that is followed by the end of the call */
async function expectCode(
  surroundings: MischiefSurroundings,
  method: string,
  params: readonly unknown[],
  token: string | null,
  expected: readonly number[] | null,
): Promise<void> {
  const code = await codeOf(surroundings, method, params, token);
  if (expected === null ? code >= 5003000 && code < 5004000 : !expected.includes(code))
    surroundings.tally.fault(`${method} ${JSON.stringify(params).slice(0, 60)} was answered with ${code}`);
}

/** @returns the code of the error, 0 without */
async function codeOf(
  { url, chance }: MischiefSurroundings,
  method: string,
  params: readonly unknown[],
  token: string | null,
): Promise<number> {
  // As if from another address each time, behind a proxy.
  const address = `10.${chance.below(256)}.${chance.below(256)}.${chance.below(256)}`;
  const headers = { ...headersOf(token), 'x-forwarded-for': address };
  const response = await post(url, JSON.stringify({ id: 'bad', method, params }), headers);
  const { error }: { error?: { code?: number } } = await response.json();
  return error?.code ?? 0;
}

/** Waits until the engine closes it, and closes it when that does not come. */
async function untilClosed(
  socket: Socket,
  signal: AbortSignal,
  act: (socket: Socket) => Promise<void>,
): Promise<void> {
  socket.on('error', () => undefined);
  socket.resume();
  const closed = new Promise<void>((fulfil) => socket.once('close', () => fulfil()));
  await act(socket);
  await patiently(closed, signal);
  socket.destroy();
}

async function liveSocket(
  { url, signal }: MischiefSurroundings,
  token: string | null,
  act: (socket: WebSocket) => void,
): Promise<void> {
  const socket = new WebSocket(liveUrl(url, 'bad-room'), { headers: headersOf(token) });
  socket.on('error', () => undefined);
  socket.on('open', () => act(socket));
  const closed = new Promise<void>((fulfil) => socket.once('close', () => fulfil()));
  await patiently(closed, signal);
  socket.terminate();
}

async function patiently(closed: Promise<void>, signal: AbortSignal): Promise<void> {
  const enough = new AbortController();
  const over = AbortSignal.any([signal, enough.signal]);
  await Promise.race([closed, sleep(PATIENCE_MS, undefined, { signal: over }).catch(() => undefined)]);
  enough.abort();
}
