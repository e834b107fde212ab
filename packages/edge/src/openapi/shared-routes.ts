/** The routes that every daemon has. */
import { REFUSED_DRAINING, REFUSED_HEADER, REFUSED_NO_ROOM } from '@kraken/protocol';
import { RID } from '@kraken/protocol/description/methods';
import { choice, object } from '@kraken/protocol/description/schema';
import { BODY_LIMIT } from '../gate/limits.js';
import type { StaticPage } from '../http/static-page.js';
import { LIVE_PATH, ROOM_PARAMETER } from '../http/upgrade.js';
import { answersJson, fails, JSON_CONTENT, type Route, type RouteResponse } from './route.js';
import { anyAnswer, anyCall, type MethodDescriptions } from './rpc-calls.js';

/** Names the security scheme of calls. */
export const ACCESS_TOKEN = 'accessToken';
export const DOCUMENT_PATH = '/openapi.json';

/** None is demanded without [auth] in the configuration. */
const MAYBE_TOKEN: readonly string[] = ['', ACCESS_TOKEN];
const CALLS = 'calls';
const OPERATION = 'operation';

/** Sent by routes whose content the client may keep. */
const NOT_MODIFIED: RouteResponse = {
  description: 'The client has it: `If-None-Match` names its `ETag`.',
  headers: { etag: 'Strong validator.' },
};

/**
 * @param methods of `POST /`
 * @param page the web page's files
 */
export function sharedRoutes(methods: MethodDescriptions, page: StaticPage): readonly Route[] {
  return [
    rpcRoute(methods),
    LIVE_ROUTE,
    ...pageRoutes(page, ''),
    {
      method: 'get',
      path: '/healthz',
      tag: OPERATION,
      summary: 'Whether the daemon is up.',
      responses: { 200: answersJson('It is.', object<{ status: 'ok' }>({ status: choice(['ok']) })) },
    },
    {
      method: 'get',
      path: '/metrics',
      tag: OPERATION,
      summary: 'How the daemon fares, for Prometheus.',
      responses: {
        200: { description: "Prometheus' text format, version 0.0.4.", contentType: 'text/plain' },
        500: fails('A bug of the server.'),
      },
    },
    fileRoute(DOCUMENT_PATH, JSON_CONTENT, OPERATION, 'This description.'),
  ];
}

/** @param prefix of the paths under which the files are served */
export function pageRoutes(
  page: StaticPage,
  prefix: string,
  more: Pick<Route, 'responses'> = { responses: {} },
): readonly Route[] {
  return [...page].map(([path, { contentType }]) => {
    const file = fileRoute(`${prefix}${path}`, contentType, 'page', summaryOf(path));
    return { ...file, responses: { ...file.responses, ...more.responses } };
  });
}

function summaryOf(path: string): string {
  if (path === '/') return 'The web page.';
  return path === '/kraken-client.js' ? 'The SDK for browsers, an ES module.' : 'A file of the web page.';
}

function fileRoute(path: string, contentType: string, tag: string, summary: string): Route {
  const [mediaType = contentType] = contentType.split(';');
  const headers = { etag: 'Strong validator, RFC 9110 section 8.8.3.' };
  const found = { description: 'The file.', headers, contentType: mediaType };
  return { method: 'get', path, tag, summary, responses: { 200: found, 304: NOT_MODIFIED } };
}

function rpcRoute(methods: MethodDescriptions): Route {
  return {
    method: 'post',
    path: '/',
    tag: CALLS,
    summary: 'Carries a call out.',
    description:
      'JSON, whatever the Content-Type says. Errors of the call itself come with HTTP status 200, in `error`.',
    body: anyCall(methods),
    responses: {
      200: {
        ...answersJson('Data, or the error of the call.', anyAnswer(methods)),
        headers: {
          [REFUSED_HEADER]:
            `\`${REFUSED_DRAINING}\`: the engine drains and has not carried the call out; ` +
            `\`${REFUSED_NO_ROOM}\`: it does not hold the room. A monitor sends none.`,
        },
      },
      400: fails('Broken JSON, or JSON that is no call.'),
      413: fails(`The body is longer than ${BODY_LIMIT} bytes.`),
      500: fails('A bug of the server.'),
    },
    security: MAYBE_TOKEN,
  };
}

const LIVE_ROUTE: Route = {
  method: 'get',
  path: LIVE_PATH,
  tag: CALLS,
  summary: 'Opens a live socket for one room.',
  description:
    'An upgrade to WebSocket (RFC 6455). Each text message is one object of JSON-RPC 2.0: the methods of `POST /`, ' +
    '`resume [rid, uid, cid]`, `authenticate [token]` and `ping []`, and from the server the notifications `participants`, `joined`, `updated`, ' +
    '`left`, `offer`, `closed` and `draining`. PROTOCOL.md describes them, and the codes with which sockets are closed.',
  parameters: [{ name: ROOM_PARAMETER, in: 'query', required: true, schema: RID }],
  responses: {
    101: { description: 'The socket is open.' },
    400: fails('No room is named, the id is none, or the handshake is not valid.'),
    401: fails('The access token is not valid, or has expired.', { 'WWW-Authenticate': 'Bearer' }),
    403: fails('The access token is for another room.'),
    404: fails('The request is no upgrade to WebSocket.'),
    503: fails('There is no place for the room, or for another socket.', {
      [REFUSED_HEADER]: `\`${REFUSED_DRAINING}\`: the engine drains and does not have the room. A monitor sends none.`,
    }),
  },
  security: MAYBE_TOKEN,
};
