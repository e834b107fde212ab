/** What is held, and read, of those who have shown no token. */
import type { Defence } from '../defence.js';

const TOO_MANY_FIELDS =
  'a request with %j and more fields than are kept is refused, and nothing of it taken for another one';
const LONG_CALLS_TEST = 'packages/edge/src/http/long-calls.test.ts';
const IDENTIFY = 'packages/edge/src/http/identify-callers.ts';
const RPC_SERVER = 'packages/edge/src/http/rpc-server.ts';
const ACCESS_TEST = 'packages/engine/src/live/live-access.test.ts';
const LIVE_SERVER = 'packages/engine/src/live/live-server.ts';

export const STRANGERS: readonly Defence[] = [
  {
    document: 'SECURITY',
    promise:
      'A request with so many header fields that some may not have been kept is refused: none that frames it is overlooked',
    test: 'packages/edge/src/http/limits.test.ts',
    name: TOO_MANY_FIELDS,
    removal: { file: RPC_SERVER, find: 'if (refuseFields(request, reply, gate)) return;', replace: '' },
  },
  {
    document: 'SECURITY',
    promise: 'The same holds for requests that offer another protocol',
    test: 'packages/edge/src/http/limits.test.ts',
    name: TOO_MANY_FIELDS,
    removal: {
      file: 'packages/edge/src/http/upgrade.ts',
      find: 'if (hasTooManyFields(request)) {',
      replace: 'if (request.rawHeaders.length < 0) {',
    },
  },
  {
    document: 'SECURITY',
    promise: 'Of thousands of header fields, each of which takes more memory than its octets, few are kept',
    test: 'packages/edge/src/http/limits.test.ts',
    name: 'of thousands of header fields few are kept',
    removal: {
      file: RPC_SERVER,
      find: 'server.server.maxHeadersCount = MAX_HEADER_FIELDS;',
      replace: 'server.server.maxHeadersCount = 0;',
    },
  },
  {
    document: 'SECURITY',
    promise: 'Of a call without a good token no long body is read',
    test: LONG_CALLS_TEST,
    name: 'of who may not call no long body is read, %s',
    removal: {
      file: IDENTIFY,
      find: '!(request.caller instanceof RpcError) || !mayBeLarge(request)',
      replace: '!(request.caller instanceof RpcError) || mayBeLarge(request) || !mayBeLarge(request)',
    },
  },
  {
    document: 'SECURITY',
    promise: 'Before a token was shown an engine holds no long message of a live socket',
    test: ACCESS_TEST,
    name: 'of a long message no more is held before a token is shown than a token needs',
    removal: { file: LIVE_SERVER, find: 'setImmediate(() => live.endUnlessShort());', replace: '{}' },
  },
  {
    document: 'SECURITY',
    promise: 'A message of a live socket comes in a bounded number of frames, each of which takes memory',
    test: 'packages/engine/src/live/live-server.test.ts',
    name: 'a message of countless frames ends its socket',
    removal: { file: LIVE_SERVER, find: 'maxFragments: MAX_FRAGMENTS,', replace: '' },
  },
  {
    document: 'SECURITY',
    promise: 'Without a token nobody is told by a draining engine whether a room is here',
    test: ACCESS_TEST,
    name: 'while the engine drains, nobody without a token is told whether a room is here',
    removal: { file: LIVE_SERVER, find: 'caller !== null && isDraining()', replace: 'isDraining()' },
  },
  {
    document: 'SECURITY',
    promise: "Who tries the cluster's secret again and again fills no log",
    test: 'packages/monitor/src/api/wrong-secrets.test.ts',
    name: 'who does not know the secret is logged once a minute, however often they try',
    removal: {
      file: 'packages/monitor/src/api/wrong-secrets.ts',
      find: 'if (now() - toldAt < TOLD_INTERVAL) return;',
      replace: '',
    },
  },
];
