/** Requests to an engine's dashboard, good ones and those of who should not get anything. */
import type { OctetReader } from '../input/octet-reader.js';

export const TOKEN = 'the-token-of-the-operator';
export const ROOM = 'hidden-room';
export const UID = 'hidden-uid';
const HOST = 'localhost:7000';
const ROOM_PATH = `/admin/api/rooms/${ROOM}`;
const PARTICIPANT_PATH = `${ROOM_PATH}/participants/${UID}`;

/** A request line's target of which the model knows what it leads to. */
export type KnownTarget =
  | { readonly kind: 'page' | 'question'; readonly target: string }
  | { readonly kind: 'change'; readonly target: string; readonly body: string };

export const KNOWN_TARGETS: readonly KnownTarget[] = [
  { kind: 'question', target: '/admin/api/overview' },
  { kind: 'question', target: '/admin/api/history' },
  { kind: 'question', target: '/admin/api/rooms' },
  { kind: 'question', target: ROOM_PATH },
  { kind: 'question', target: `/admin/api/rooms/-?rid=${ROOM}` },
  { kind: 'change', target: `${ROOM_PATH}/close`, body: '' },
  { kind: 'change', target: `${PARTICIPANT_PATH}/remove`, body: '{}' },
  { kind: 'change', target: `${PARTICIPANT_PATH}/silence`, body: '{"silenced":true}' },
  { kind: 'change', target: `${PARTICIPANT_PATH}/permit`, body: '{"publish":false}' },
  { kind: 'page', target: '/admin' },
  { kind: 'page', target: '/admin/' },
  { kind: 'page', target: '/admin/page.js' },
];

const TARGETS = [
  ...KNOWN_TARGETS.map(({ target }) => target),
  '/admin/x',
  '/admin/api',
  '/admin/api/',
  '/',
  '/healthz',
  '/openapi.json',
  '*',
];
const METHODS = [
  'GET',
  'POST',
  'HEAD',
  'OPTIONS',
  'PUT',
  'PATCH',
  'DELETE',
  'TRACE',
  'PROPFIND',
  'CONNECT',
  'get',
];
const BODIES = ['', ...KNOWN_TARGETS.flatMap((known) => (known.kind === 'change' ? [known.body] : [])), '{'];
const VERSIONS = ['1.1', '1.0'];
/** As the system tells them; null when who has called is gone. */
const ADDRESSES = [
  '127.0.0.1',
  '::1',
  '::ffff:127.0.0.1',
  '127.255.0.9',
  '192.0.2.1',
  '::ffff:192.0.2.1',
  '10.0.0.1',
  '2001:db8::1',
  'fe80::1%lo',
  '::',
  '0.0.0.0',
  '128.0.0.1',
  null,
];
const HOSTS = [
  HOST,
  '127.0.0.1:7000',
  '[::1]:7000',
  'LOCALHOST',
  'engine.example',
  'localhost.engine.example:7000',
  '127.0.0.1.engine.example',
  '[::ffff:127.0.0.1]',
  '[::1]engine.example',
  'localhost@engine.example',
  null,
];
const ORIGINS = [
  `http://${HOST}`,
  'https://engine.example',
  'http://127.0.0.1:7000',
  'http://localhost',
  'null',
  '',
];
const ADDRESS_LISTS = [
  '127.0.0.1',
  '',
  '::1, 127.0.0.1',
  '10.0.0.1',
  '192.0.2.9, 10.0.0.1',
  'localhost',
  '%',
];

/** Further headers: names, and what may stand there. */
function headerKinds(accessToken: string): readonly (readonly [string, readonly string[]])[] {
  return [
    ['authorization', [`Bearer ${TOKEN}`, `Bearer ${accessToken}`, `Basic ${TOKEN}`, TOKEN, 'Bearer ', '']],
    ['origin', ORIGINS],
    ['sec-fetch-site', ['same-origin', 'none', 'same-site', 'cross-site', '']],
    [
      'content-type',
      ['application/json', 'application/json; charset=utf-8', 'text/plain', 'application/jsonp'],
    ],
    ['x-forwarded-for', ADDRESS_LISTS],
    ['x-forwarded-host', [HOST, 'engine.example']],
    ['x-forwarded-port', ['443']],
    ['x-forwarded-by', ['nginx', '']],
    ['forwarded', ['for=127.0.0.1;by=127.0.0.1', 'for="[::1]"', '']],
    ['x-real-ip', ADDRESS_LISTS],
    ['via', ['1.1 proxy', '']],
    ['cookie', [`token=${TOKEN}`, `authorization=Bearer ${TOKEN}`]],
    ['x-authorization', [`Bearer ${TOKEN}`]],
    ['proxy-authorization', [`Bearer ${TOKEN}`]],
    ['host', [HOST, 'engine.example']],
    ['upgrade', ['websocket', 'h2c']],
    ['x-http-method-override', ['POST', 'GET']],
    ['x-original-url', ['/admin/api/overview']],
    ['expect', ['100-continue']],
    ['referer', [`http://${HOST}/admin/`]],
    ['access-control-request-method', ['POST']],
  ];
}

/** What stands in targets that are to get around a check of them. */
const INSERTIONS = [
  '/',
  '//',
  '/./',
  '/../',
  '/%2e%2e/',
  '%2f',
  '%00',
  '%',
  '%c0%af',
  ';',
  '?',
  '#',
  '\\',
  `?token=${TOKEN}`,
  `?rid=${ROOM}&uid=${UID}`,
  'http://localhost:7000',
  'http://engine.example',
  '/admin',
  'x',
];

export interface AdminRequest {
  readonly remoteAddress: string | null;
  readonly method: string;
  readonly target: string;
  readonly version: string;
  /** In their order, names in any case. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: string;
}

/** @param accessToken of a participant, which is none of the operator's */
export function readRequest(reader: OctetReader, accessToken: string): AdminRequest {
  const target = editTarget(reader.pick(TARGETS), reader);
  const method = reader.pick(METHODS);
  const remoteAddress = reader.pick(ADDRESSES);
  const version = reader.pick(VERSIONS);
  const host = reader.pick(HOSTS);
  const headers: [string, string][] = host === null ? [] : [['Host', host]];
  const body = reader.pick(BODIES);
  const kinds = headerKinds(accessToken);
  for (let more = reader.octet() % 6; more > 0; more--) {
    const [name, values] = reader.pick(kinds);
    const value = reader.pick(values);
    const edits = reader.octet();
    headers.push([edits & 1 ? name.toUpperCase() : name, edits & 2 ? editText(value, reader) : value]);
  }
  return { remoteAddress, method, target, version, headers, body };
}

/** @returns the request as it is sent, with which its connection ends */
export function octetsOf({ method, target, version, headers, body }: AdminRequest): Buffer {
  const lines = [
    `${method} ${target} HTTP/${version}`,
    ...headers.map(([name, value]) => `${name}: ${value}`),
    'Connection: close',
    `Content-Length: ${Buffer.byteLength(body)}`,
  ];
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n${body}`, 'latin1');
}

function editTarget(target: string, reader: OctetReader): string {
  let edited = target;
  for (let edits = reader.octet() % 4; edits > 0; edits--) {
    const kind = reader.octet() % 4;
    const at = reader.octet() % (edited.length + 1);
    const [before, here, after] = [edited.slice(0, at), edited.slice(at, at + 1), edited.slice(at + 1)];
    if (kind === 0) edited = before + reader.pick(INSERTIONS) + here + after;
    else if (kind === 1) edited = before + percentEncoded(here) + after;
    else if (kind === 2) edited = before + here.toUpperCase() + after;
    else edited = before + after;
  }
  return edited;
}

function percentEncoded(character: string): string {
  return [...Buffer.from(character, 'latin1')]
    .map((octet) => `%${octet.toString(16).padStart(2, '0')}`)
    .join('');
}

/** Of a line break nothing is left: it would begin another header. */
function editText(text: string, reader: OctetReader): string {
  const at = reader.octet() % (text.length + 1);
  const octet = reader.octet();
  const put = octet === 0 ? '' : String.fromCharCode(octet).replace(/[\r\n]/, ' ');
  return text.slice(0, at) + put + text.slice(at + (reader.octet() & 1));
}
