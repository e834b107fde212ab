/** Floods of the API, over HTTP. */
import { randomBytes } from 'node:crypto';
import { writeOffer } from '@kraken/load/sdp';
import { accessToken } from '../../../interop/access-token.js';
import { httpSocket } from '../../raw-connection.js';
import { callingEndlessly, runHerd } from './herd.js';
import { type FloodLimits, type FloodStage, type MemoryFlood, withoutTokens } from './memory-flood.js';

const KIBIBYTE = 1024;
/** Defaults of [limits] in config/engine.example.toml. */
const CONNECTIONS_PER_ADDRESS = 1_000;
const BODY = 2 * KIBIBYTE * KIBIBYTE;
/** What is read at the most of who has shown no good token. */
const SHORT_BODY = 64 * KIBIBYTE;
const HEADERS = 16 * KIBIBYTE;
const UNFINISHED = 128 * KIBIBYTE * KIBIBYTE;
const PENDING_JOINS = 5_000;
const PENDING_JOINS_PER_SUBJECT = 50;
/** As packages/edge/src/gate/call-rates.ts has it. */
const MAX_CALLERS = 65_536;
/** Somewhat more than are taken. */
const EXCESS = 1.05;
/** Connections of who calls as fast as they can, and calls at a time on each. */
const CALLERS = 64;
const CALLERS_PER_ADDRESS = 8;
const AT_A_TIME = 8;

/** Objects of a connection, with its parser of HTTP. */
const CONNECTION = 12 * KIBIBYTE;
/** An entry of the table of callers, with its name. */
const CALLER = 256;
/** A participant who has published, in the thread of calls and in its worker. */
const JOIN = 32 * KIBIBYTE;

const HEAD = 'POST / HTTP/1.1\r\nHost: engine\r\n';
const OFFER = writeOffer({
  ...{ ufrag: 'stranger', password: 'p'.repeat(24), stream: null, slots: 0 },
  fingerprint: Array.from({ length: 32 }, () => 'AB').join(':'),
});

export const API_FLOODS: readonly MemoryFlood[] = [
  {
    name: 'connections on which nothing is asked',
    countedAs: 'kraken_refused_requests_total{',
    reckon: (limits) => connectionsReckoning(limits, 0, ''),
    run: (stage) => holding(stage, null),
  },
  {
    name: 'headers that never end',
    countedAs: 'kraken_refused_requests_total{',
    reckon: (limits) =>
      connectionsReckoning(limits, 3 * HEADERS, `${HEADERS / KIBIBYTE} KiB of headers, threefold`),
    run: (stage) => holding(stage, endlessHeaders()),
  },
  {
    name: 'bodies that never end, without a token',
    countedAs: 'kraken_refused_requests_total{',
    reckon: (limits) => connectionsReckoning(limits, SHORT_BODY, `${SHORT_BODY / KIBIBYTE} KiB of a body`),
    run: (stage) => holding(stage, endlessBody(SHORT_BODY)),
  },
  {
    name: 'bodies that never end, where no tokens are demanded',
    sections: withoutTokens,
    countedAs: 'kraken_refused_requests_total{',
    reckon: (limits) => {
      const { octets, words } = connectionsReckoning(limits, 0, '');
      return {
        octets: octets + UNFINISHED,
        words: `${words}, and ${UNFINISHED / KIBIBYTE ** 2} MiB that are unfinished`,
      };
    },
    run: (stage) => holding(stage, endlessBody(BODY)),
  },
  {
    name: 'answers that nobody reads',
    countedAs: 'kraken_refused_requests_total{',
    reckon: (limits) => connectionsReckoning(limits, 64 * KIBIBYTE, '64 KiB of answers'),
    run: (stage) =>
      holding(stage, Buffer.from('GET /openapi.json HTTP/1.1\r\nHost: engine\r\n\r\n'.repeat(100)), true),
  },
  {
    name: 'too many calls, from many addresses',
    countedAs: 'kraken_refused_calls_total{code="5005000"',
    reckon: () => ({
      octets: CALLERS * CONNECTION,
      words: `${CALLERS} connections × ${CONNECTION / KIBIBYTE} KiB`,
    }),
    run: (stage) => calling(stage, () => callText('info', [])),
  },
  {
    name: 'calls, each from another address, by a proxy',
    sections: () => ({ rpc: { 'trusted-proxies': ['127.0.0.0/8'] } }),
    countedAs: 'kraken_refused_calls_total{code="5004000"',
    reckon: () => ({
      octets: 2 * MAX_CALLERS * CALLER,
      words: `${MAX_CALLERS.toLocaleString('en-US')} callers × ${CALLER} octets, and as many that were forgotten and are not collected yet`,
    }),
    run: (stage) =>
      calling(stage, (place) =>
        callText(
          'info',
          [],
          `X-Forwarded-For: 10.${(place >> 16) & 0xff}.${(place >> 8) & 0xff}.${place & 0xff}\r\n`,
        ),
      ),
  },
  {
    name: 'tokens that name unknown keys',
    sections: (keysUrl) => ({ auth: { jwks: keysUrl } }),
    countedAs: 'kraken_refused_calls_total{code="5004001"',
    reckon: () => ({
      octets: CALLERS * CONNECTION,
      words: `${CALLERS} connections × ${CONNECTION / KIBIBYTE} KiB`,
    }),
    run: (stage) =>
      calling(stage, () => callText('info', [], `Authorization: Bearer ${tokenOfUnknownKey()}\r\n`)),
  },
  {
    name: 'joins that end before ICE',
    countedAs: 'kraken_refused_calls_total{code="5005002"',
    reckon: () => ({
      octets: PENDING_JOINS * JOIN,
      words: `${PENDING_JOINS.toLocaleString('en-US')} joins × ${JOIN / KIBIBYTE} KiB`,
    }),
    run: (stage) =>
      calling(
        stage,
        (place) => {
          const [room, uid] = [`flooded-${place >> 3}`, `uid-${place}`];
          return joinText(room, uid, accessToken(stage.secret, { room, uid, sub: uid }));
        },
        1,
      ),
  },
  {
    name: 'rooms by one token',
    countedAs: 'kraken_refused_calls_total{code="5005000"',
    reckon: () => ({
      octets: PENDING_JOINS_PER_SUBJECT * JOIN,
      words: `${PENDING_JOINS_PER_SUBJECT} joins × ${JOIN / KIBIBYTE} KiB`,
    }),
    run: (stage) => {
      const token = accessToken(stage.secret, { administer: true, sub: 'one' });
      return calling(stage, (place) => joinText(`flooded-${place}`, 'uid', token));
    },
  },
];

/** @param octets on each connection, besides itself */
function connectionsReckoning({ connections }: FloodLimits, octets: number, what: string) {
  const besides = octets === 0 ? '' : ` and ${what}`;
  return {
    octets: connections * (CONNECTION + octets),
    words: `${connections.toLocaleString('en-US')} connections × ${CONNECTION / KIBIBYTE} KiB${besides}`,
  };
}

/** @returns connections that have been made */
function holding({ url, limits, signal }: FloodStage, said: Buffer | null, isDeaf = false): Promise<number> {
  return runHerd(
    {
      size: Math.ceil(limits.connections * EXCESS),
      perAddress: CONNECTIONS_PER_ADDRESS,
      open: (from) => httpSocket(url, from),
      act: (socket) => {
        if (isDeaf) socket.pause();
        if (said !== null) socket.write(said);
      },
    },
    signal,
  );
}

/** @returns calls that have been answered */
async function calling(
  { url, signal }: FloodStage,
  textOf: (place: number) => string,
  perAddress = CALLERS_PER_ADDRESS,
): Promise<number> {
  let made = 0;
  let answered = 0;
  const act = callingEndlessly(
    () => textOf(made++),
    AT_A_TIME,
    () => answered++,
  );
  const open = (from: string) => httpSocket(url, from);
  await runHerd({ size: CALLERS, perAddress, open, act }, signal);
  return answered;
}

function callText(method: string, params: readonly unknown[], headers = ''): string {
  const body = JSON.stringify({ id: 'flood', method, params });
  return `${HEAD}${headers}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
}

function joinText(room: string, uid: string, token: string): string {
  const jsep = JSON.stringify({ type: 'offer', sdp: OFFER });
  return callText('publish', [room, uid, jsep], `Authorization: Bearer ${token}\r\n`);
}

/** Signed by nobody, with a name of a key that has never been used. */
function tokenOfUnknownKey(): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const header = part({ alg: 'ES256', typ: 'JWT', kid: randomBytes(1_024).toString('hex') });
  const claims = part({ room: 'flooded', uid: 'uid', exp: Math.floor(Date.now() / 1_000) + 600 });
  return `${header}.${claims}.${randomBytes(64).toString('base64url')}`;
}

function endlessHeaders(): Buffer {
  const lines: string[] = [];
  let length = HEAD.length;
  for (let i = 0; length < HEADERS - 64; i++) {
    const line = `X-${i}: ${'y'.repeat(16)}\r\n`;
    lines.push(line);
    length += line.length;
  }
  return Buffer.from(HEAD + lines.join(''));
}

/** All of it but the last octet. */
function endlessBody(length: number): Buffer {
  return Buffer.concat([
    Buffer.from(`${HEAD}Content-Length: ${length}\r\n\r\n`),
    Buffer.alloc(length - 1, 'x'),
  ]);
}
