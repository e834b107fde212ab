/** What is held, and read, of those who have shown no token. */
import type { Defence } from '../defence.js';

const LONG_CALLS_TEST = 'packages/edge/src/http/long-calls.test.ts';
const IDENTIFY = 'packages/edge/src/http/identify-callers.ts';
const RPC_SERVER = 'packages/edge/src/http/rpc-server.ts';
const ACCESS_TEST = 'packages/engine/src/live/live-access.test.ts';
const LIVE_SERVER = 'packages/engine/src/live/live-server.ts';

export const STRANGERS: readonly Defence[] = [
  {
    document: 'SECURITY',
    promise: 'However many headers a request has, none is overlooked: nothing else is taken for its body',
    test: 'packages/edge/src/http/limits.test.ts',
    name: 'of a request with %j no header is overlooked, however many come before it',
    removal: { file: RPC_SERVER, find: 'server.server.maxHeadersCount = 0;', replace: '' },
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
