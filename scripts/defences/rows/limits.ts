/** What strangers may use up: calls, rooms, joins, memory. */
import type { Defence } from '../defence.js';

const HTTP = { test: 'packages/edge/src/http/limits.test.ts', file: 'packages/edge/src/http/rpc-server.ts' };
const IDENTIFY = 'packages/edge/src/http/identify-callers.ts';
const GATE = { test: 'packages/edge/src/gate/gate.test.ts', file: 'packages/edge/src/gate/gate.ts' };
const CAPACITY = {
  test: 'packages/engine/src/room/capacity.test.ts',
  file: 'packages/engine/src/room/capacity.ts',
};
const SECTIONS = 'packages/engine/src/sdp/sections.ts';
const TCP = {
  test: 'packages/engine/src/media/tcp/connections.test.ts',
  file: 'packages/engine/src/media/tcp/connections.ts',
};
const LIVE = 'packages/engine/src/live/live-server.test.ts';
const LIVE_SERVER = 'packages/engine/src/live/live-server.ts';
const ACCESS_TEST = 'packages/monitor/test/access.test.ts';

export const LIMITS: readonly Defence[] = [
  {
    document: 'SECURITY',
    promise: 'A body longer than `[limits] body` is not read',
    test: HTTP.test,
    name: 'a body beyond the limit is refused, and counted',
    removal: { file: HTTP.file, find: 'bodyLimit: limits.body,', replace: 'bodyLimit: 64 * 1024 * 1024,' },
  },
  {
    document: 'SECURITY',
    promise: 'Headers longer than `[limits] headers` are not read',
    test: HTTP.test,
    name: 'headers beyond the limit are refused, and counted',
    removal: { file: HTTP.file, find: 'maxHeaderSize: limits.headers,', replace: '' },
  },
  {
    document: 'SECURITY',
    promise: 'Who sends headers or a body too slowly is given up',
    test: HTTP.test,
    name: '%s that come too slowly are given up, and counted',
    removal: {
      file: HTTP.file,
      find: 'requestTimeout: limits.requestTime,',
      replace: 'requestTimeout: 600_000,',
    },
  },
  {
    document: 'SECURITY',
    promise: 'One address, or one network of IPv6, makes so many calls per second and no more',
    test: HTTP.test,
    name: 'calls beyond the rate of their address get 5005000 unread, and pages may see it',
    removal: {
      file: HTTP.file,
      find: 'const refusal = gate?.refuseOf(request.client, request.routeOptions.config?.cost) ?? null;',
      replace: 'const refusal = null;',
    },
  },
  {
    document: 'SECURITY',
    promise: 'All addresses of one network of IPv6 count as one',
    test: GATE.test,
    name: 'of IPv6 are those of its network, and mapped ones are of IPv4',
    removal: {
      file: 'packages/edge/src/gate/address.ts',
      find: '  if (!isIPv6(address)) return address;',
      replace: '  return address;',
    },
  },
  {
    document: 'SECURITY',
    promise: 'Calls over live sockets count as those over HTTP do',
    test: LIVE,
    name: 'calls are limited however many sockets there are',
    removal: {
      file: 'packages/engine/src/live/live-socket.ts',
      find: 'const excess = this.#options.refuseCall();',
      replace: 'const excess = null;',
    },
  },
  {
    document: 'SECURITY',
    promise: 'Whoever invents an `X-Forwarded-For` is counted by the address that they call from',
    test: GATE.test,
    name: 'cannot be passed off as those of others by whoever is no trusted proxy',
    removal: {
      file: GATE.file,
      find: 'if (isOfMonitor || proxies.has(remote)) return',
      replace: 'return',
    },
  },
  {
    document: 'SECURITY',
    promise: 'What a client adds to `X-Forwarded-For` before a trusted proxy does counts for nothing',
    test: 'packages/edge/src/gate/trusted-proxies.test.ts',
    name: 'is not what it says of itself',
    removal: {
      file: 'packages/edge/src/gate/trusted-proxies.ts',
      find: '      if (!this.has(client)) return client;',
      replace: '',
    },
  },
  {
    document: 'SECURITY',
    promise:
      'An engine believes whom a call comes from when its monitor says so, and nobody who only looks like one',
    test: GATE.test,
    name: 'by the monitor are those of its clients, if it shows its proof',
    removal: {
      file: 'packages/edge/src/gate/monitor-proof.ts',
      find: 'timingSafeEqual(digest(proof), this.#expected)',
      replace: 'this.#expected.length > 0',
    },
  },
  {
    document: 'SECURITY',
    promise: 'A monitor tells engines the address that it has seen, whatever its client has said',
    test: 'packages/monitor/src/api/client-headers.test.ts',
    name: 'an engine counts a call for the client that the monitor has seen, whatever the client has said',
    removal: {
      file: 'packages/monitor/src/api/client-headers.ts',
      find: 'else headers[FORWARDED_HEADER] = client;',
      replace: '',
    },
  },
  {
    document: 'SECURITY',
    promise: 'Callers from countless addresses are counted in bounded memory',
    test: 'packages/edge/src/gate/call-rates.test.ts',
    name: 'callers are remembered in bounded memory, those first who have called of late',
    removal: {
      file: 'packages/edge/src/gate/call-rates.ts',
      find: 'if (!isOver && this.#recent.size < MAX_CALLERS / 2) return;',
      replace: 'if (!isOver) return;',
    },
  },
  {
    document: 'SECURITY',
    promise: 'Callers who have not called of late are forgotten, however few there are',
    test: 'packages/edge/src/gate/call-rates.test.ts',
    name: 'who has not called for so long that all would be left to them is forgotten',
    removal: {
      file: 'packages/edge/src/gate/call-rates.ts',
      find: 'if (!isOver && this.#recent.size < MAX_CALLERS / 2) return;',
      replace: 'if (this.#recent.size < MAX_CALLERS / 2) return;',
    },
  },
  {
    document: 'SECURITY',
    promise: 'A token stolen by many calls as little as its owner may',
    test: GATE.test,
    name: 'calls with tokens of one subject are limited wherever they come from',
    removal: {
      file: GATE.file,
      find: 'if (this.#tokenCalls.take(subject, this.#options.now())) return null;',
      replace: 'if (subject.length > 0) return null;',
    },
  },
  {
    document: 'SECURITY',
    promise: "Calls over HTTP count for their token's user, wherever they come from",
    test: HTTP.test,
    name: 'calls by tokens of one subject are limited, wherever they come from',
    removal: {
      file: IDENTIFY,
      find: 'return gate?.refuseSubject(caller.grant.subject) ?? caller;',
      replace: 'return caller;',
    },
  },
  {
    document: 'SECURITY',
    promise: "Calls over live sockets count for their token's user, however many sockets there are",
    test: 'packages/engine/src/live/live-access.test.ts',
    name: 'calls by tokens of one subject are limited however many sockets there are',
    removal: {
      file: 'packages/engine/src/live/live-socket.ts',
      find: "caller.kind === 'granted' ? this.#options.refuseSubject(caller.grant.subject) : null",
      replace: 'null',
    },
  },
  {
    document: 'SECURITY',
    promise: 'A monitor holds its callers to the limits of its configuration',
    test: ACCESS_TEST,
    name: 'the %s takes so many calls by tokens of one user, and no more',
    removal: {
      file: 'packages/monitor/src/monitor.ts',
      find: '    limits: config.http,\n',
      replace: '    limits: { ...config.http, tokenCalls: { perSecond: 0, burst: 1 } },\n',
    },
  },
  {
    document: 'SECURITY',
    promise: 'An engine holds its callers to the limits of its configuration',
    test: ACCESS_TEST,
    name: 'the %s takes so many calls by tokens of one user, and no more',
    removal: {
      file: 'packages/engine/src/api/http-server.ts',
      find: '    gate,\n',
      replace: '    gate: null,\n',
    },
  },
  {
    document: 'SECURITY',
    promise: 'One address has so many connections open, and no more',
    test: GATE.test,
    name: 'of one address are closed beyond their number, and others come when they end',
    removal: {
      file: 'packages/edge/src/gate/connection-limit.ts',
      find: '      socket.destroy();\n      return;',
      replace: '',
    },
  },
  {
    document: 'SECURITY',
    promise: 'Connections are limited in all',
    test: GATE.test,
    name: 'are closed beyond their number in all',
    removal: {
      file: 'packages/edge/src/gate/connection-limit.ts',
      find: 'server.maxConnections = limits.connections;',
      replace: '',
    },
  },
  {
    document: 'SECURITY',
    promise: 'Live sockets are limited, in all and of each address',
    test: GATE.test,
    name: 'live sockets are limited in all and of each address, and places come free',
    removal: {
      file: GATE.file,
      find: 'this.#sockets.of(owner) >= limits.socketsPerAddress',
      replace: 'limits.socketsPerAddress === 0',
    },
  },
  {
    document: 'SECURITY',
    promise: 'Who takes nothing from a live socket is ended before what waits for it fills memory',
    test: LIVE,
    name: 'a reader that is too slow is ended',
    removal: {
      file: 'packages/engine/src/live/live-socket.ts',
      find: 'if (this.#socket.bufferedAmount > MAX_BACKLOG) this.#endTooSlow();',
      replace: '',
    },
  },
  {
    document: 'SECURITY',
    promise: 'Who takes nothing from a live socket through a monitor fills no memory of the monitor',
    test: 'packages/monitor/src/live/live-upgrades.test.ts',
    name: 'who reads nothing holds the engine up',
    removal: {
      file: 'packages/monitor/src/live/live-passage.ts',
      find: 'this.#engine.pipe(client);',
      replace: "this.#engine.on('data', (chunk) => client.write(chunk));",
    },
  },
  {
    document: 'SECURITY',
    promise: 'A live socket whose client is silent is ended',
    test: LIVE,
    name: 'a socket that answers no ping is ended, and one that does stays',
    removal: {
      file: LIVE_SERVER,
      find: 'if (now - socket.heardAt > SOCKET_SILENCE) socket.terminate();',
      replace: 'if (now < 0) socket.terminate();',
    },
  },
  {
    document: 'SECURITY',
    promise: 'A live socket on which nobody publishes is closed',
    test: LIVE,
    name: 'a socket on which nobody publishes is closed with 4003',
    removal: {
      file: LIVE_SERVER,
      find: 'socket.unusedFor(now) > UNUSED_LIFETIME',
      replace: 'socket.unusedFor(now) < 0',
    },
  },
  {
    document: 'SECURITY',
    promise: 'An engine opens so many rooms, and no more',
    test: CAPACITY.test,
    name: 'an engine opens so many rooms and no more, and another one when one ends',
    removal: { file: CAPACITY.file, find: 'rooms >= capacity.rooms', replace: 'rooms < 0' },
  },
  {
    document: 'SECURITY',
    promise: 'A room takes so many participants, whatever limit its clients give',
    test: CAPACITY.test,
    name: 'a room takes so many participants, whatever their limit says, and those who are there come again',
    removal: {
      file: CAPACITY.file,
      find: 'room.peers.size >= capacity.participants',
      replace: 'room.peers.size < 0',
    },
  },
  {
    document: 'SECURITY',
    promise: 'A description has so many m-lines and candidates, and no more',
    test: CAPACITY.test,
    name: 'the first description of a client has so many m-lines, and candidates',
    removal: { file: SECTIONS, find: 'if (count > limit) throw', replace: 'if (count < 0) throw' },
  },
  {
    document: 'SECURITY',
    promise:
      'Of a TCP connection for media some octets are read, and no more, before a valid check has come over it',
    test: TCP.test,
    name: 'a connection is read no further than some octets, and with one it is',
    removal: {
      file: TCP.file,
      find: 'socket.bytesRead > this.#limits.octets',
      replace: 'socket.bytesRead < 0',
    },
  },
  {
    document: 'SECURITY',
    promise: 'TCP connections for media are limited in all',
    test: TCP.test,
    name: 'refuses connections beyond its limit, and takes one again when another goes',
    removal: {
      file: TCP.file,
      find: 'this.#connections.size >= this.#limits.connections',
      replace: 'this.#connections.size < 0',
    },
  },
  {
    document: 'SECURITY',
    promise: 'One address cannot take all places for TCP connections that have proven nothing',
    test: TCP.test,
    name: 'one address has so many connections at most, and the valid ones do not count',
    removal: { file: TCP.file, find: 'held >= this.#limits.perAddress', replace: 'held < 0' },
  },
  {
    document: 'SECURITY',
    promise: 'TCP connections for media leave file descriptors to calls, whatever the machine grants',
    test: 'packages/engine/src/media/tcp/limits.test.ts',
    name: 'each of %i workers that share %d connections holds %i',
    removal: {
      file: 'packages/engine/src/media/tcp/limits.ts',
      find: 'Math.floor(budget / workers)',
      replace: 'MAX_CONNECTIONS',
    },
  },
  {
    document: 'SECURITY',
    promise: 'A message that does not come whole in time ends its live socket: none is held for ever',
    test: LIVE,
    name: 'a message that does not come whole in time ends the socket, whatever else it says',
    removal: {
      file: LIVE_SERVER,
      find: 'socket.unfinishedFor(now) > gate.limits.requestTime',
      replace: 'socket.unfinishedFor(now) < 0',
    },
  },
  {
    document: 'SECURITY',
    promise: 'Tokens that are tried by upgrades are limited as calls are',
    test: 'packages/engine/src/live/live-access.test.ts',
    name: 'upgrades with tokens that do not do are held to the limits of their address',
    removal: {
      file: LIVE_SERVER,
      find: "if ('error' in place) return place;",
      replace: "if ('error' in place) return { status: '401 Unauthorized', error: '' };",
    },
  },
  {
    document: 'SECURITY',
    promise: 'Tokens that are tried over a live socket at a monitor are limited as calls are',
    test: 'packages/monitor/src/live/live-access.test.ts',
    name: 'tokens that are tried are counted as calls of their address',
    removal: {
      file: 'packages/monitor/src/live/live-upgrades.ts',
      find: 'if (excess !== null) throw excess;',
      replace: '',
    },
  },
  {
    document: 'SECURITY',
    promise: 'Who reads no answers before a token was shown fills no memory of a monitor',
    test: 'packages/monitor/src/live/live-access.test.ts',
    name: 'who reads no answers is closed',
    removal: {
      file: 'packages/monitor/src/live/authentication.ts',
      find: 'if (client.writableLength > MAX_UNREAD) return UNREAD;',
      replace: '',
    },
  },
  {
    document: 'SECURITY',
    promise: 'Long calls that come slowly take half of the connections to an engine at most',
    test: 'packages/monitor/test/streamed-calls.test.ts',
    name: 'of which many come slowly leave other calls their connections to the engine',
    removal: {
      file: 'packages/monitor/src/api/call-router.ts',
      find: 'if (!this.#options.connections.mayRelay(engine.report.url)) return null;',
      replace: '',
    },
  },
  {
    document: 'SECURITY',
    promise: 'Metrics, which take some milliseconds to make, count as many calls to whoever asks for them',
    test: HTTP.test,
    name: 'metrics count as many calls of their address',
    removal: { file: HTTP.file, find: 'const METRICS_COST = 20;', replace: 'const METRICS_COST = 1;' },
  },
  {
    document: 'SECURITY',
    promise:
      'A connection whose port comes again before the end of the former one was told counts for its address',
    test: GATE.test,
    name: 'that have a port of one whose end was not told yet count as well',
    removal: {
      file: 'packages/edge/src/gate/connection-limit.ts',
      find: 'if (former?.socket === socket) return;',
      replace: 'if (former !== undefined) return;',
    },
  },
  {
    document: 'SECURITY',
    promise: 'A long call counts once with its token, as a short one does',
    test: 'packages/edge/src/http/long-calls.test.ts',
    name: 'a long call that is not passed on counts once with its token',
    removal: {
      file: IDENTIFY,
      find: 'request.caller = await identify(request, options);',
      replace: 'await identify(request, options);request.caller = await identify(request, options);',
    },
  },
  {
    document: 'SECURITY',
    promise: 'Who calls too often is not told whether a room is here',
    test: 'packages/edge/src/http/long-calls.test.ts',
    name: 'who calls too often is not told whether a room is here',
    removal: { file: HTTP.file, find: '!(caller instanceof RpcError) && ', replace: '' },
  },
];
