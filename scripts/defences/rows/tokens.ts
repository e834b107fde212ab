/** Access tokens: which count, and what they are demanded for. */
import type { Defence } from '../defence.js';

const AUTH = 'packages/edge/src/auth';
const CALLERS = `${AUTH}/callers.ts`;
const AUTHORIZATION = `${AUTH}/authorization.ts`;
const CONFIGURATION = `${AUTH}/auth-config.ts`;
const VERIFIER = `${AUTH}/token-verifier.ts`;
const KEY_SET = `${AUTH}/key-set.ts`;
const RPC = 'packages/engine/src/api/json-rpc.ts';
const HTTP_TEST = 'packages/engine/src/api/http-access.test.ts';
const LIVE_SERVER = 'packages/engine/src/live/live-server.ts';
const LIVE_SOCKET = 'packages/engine/src/live/live-socket.ts';
const LIVE_TEST = 'packages/engine/src/live/live-access.test.ts';
const MONITOR_LIVE = 'packages/monitor/src/live';

/** Which tokens count. */
const VERIFICATION: readonly Defence[] = [
  {
    document: 'SECURITY',
    promise: 'With `[auth]` nobody calls without a token',
    test: `${AUTH}/callers.test.ts`,
    name: 'no token, a bad one and an expired one are told apart',
    removal: {
      file: CALLERS,
      find: 'if (authorization === undefined) throw missingToken();',
      replace: 'if (authorization === undefined) return OPEN_CALLER;',
    },
  },
  {
    document: 'SECURITY',
    promise: 'A token counts only with a signature by the configured secret or key',
    test: `${AUTH}/token-verifier.test.ts`,
    name: 'a token of another secret, or a changed one, is not taken',
    removal: {
      file: VERIFIER,
      find: 'const { payload } = await jwtVerify(token, keyFor, { ...this.#options, currentDate });',
      replace: "const payload = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());",
    },
  },
  {
    document: 'SECURITY',
    promise: 'A token is for the configured issuer',
    test: `${AUTH}/token-verifier.test.ts`,
    name: 'issuer and audience are those of the configuration',
    removal: { file: VERIFIER, find: '...(issuer === null ? {} : { issuer }),', replace: '' },
  },
  {
    document: 'SECURITY',
    promise: 'A token is for the configured audience',
    test: `${AUTH}/token-verifier.test.ts`,
    name: 'issuer and audience are those of the configuration',
    removal: { file: VERIFIER, find: '...(audience === null ? {} : { audience }),', replace: '' },
  },
  {
    document: 'SECURITY',
    promise: 'Only an administrator has a token without room or user',
    test: `${AUTH}/token-verifier.test.ts`,
    name: 'only an administrator has a token without room or user',
    removal: {
      file: `${AUTH}/grant-claims.ts`,
      find: 'if (administer) return null;',
      replace: 'return null;',
    },
  },
  {
    document: 'SECURITY',
    promise: 'Tokens that name unknown keys do not have keys fetched call by call',
    test: `${AUTH}/key-set.test.ts`,
    name: 'tokens that name unknown keys have them fetched once in a cool-down',
    removal: {
      file: KEY_SET,
      find: 'if (this.#fetching === null && this.#age < FETCH_COOL_DOWN) return;',
      replace: '',
    },
  },
  {
    document: 'SECURITY',
    promise: 'Keys are fetched from the configured URL alone: a redirection is not followed',
    test: `${AUTH}/key-set.test.ts`,
    name: 'a redirection is not followed',
    removal: { file: KEY_SET, find: "redirect: 'error',", replace: '' },
  },
  {
    document: 'SECURITY',
    promise: 'A key set that is too long is not taken',
    test: `${AUTH}/key-set.test.ts`,
    name: 'of %s no keys are taken, and the caller is to try again',
    removal: { file: KEY_SET, find: 'if (length > MAX_KEY_SET_LENGTH)', replace: 'if (length < 0)' },
  },
  {
    document: 'SECURITY',
    promise:
      'Who keeps the key set from being fetched keeps nobody out: tokens are verified by the keys that are there',
    test: `${AUTH}/key-set.test.ts`,
    name: 'keys that are there count while no new ones can be had',
    removal: {
      file: KEY_SET,
      find: 'this.#find = createLocalJWKSet(await this.#withoutBroken(await fetchKeySet(url)));',
      replace:
        'this.#find = null; this.#find = createLocalJWKSet(await this.#withoutBroken(await fetchKeySet(url)));',
    },
  },
];

/** What they are demanded for. */
const CALLS: readonly Defence[] = [
  {
    document: 'SECURITY',
    promise: "A call is about its token's room",
    test: `${AUTH}/authorization.test.ts`,
    name: "%s is for the token's own room and user",
    removal: {
      file: AUTHORIZATION,
      find: "if (demand !== 'user') requireGrantedRoom(grant, params[0]);",
      replace: '',
    },
  },
  {
    document: 'SECURITY',
    promise: "A call is about its token's user",
    test: `${AUTH}/authorization.test.ts`,
    name: "%s is for the token's own room and user",
    removal: {
      file: AUTHORIZATION,
      find: "if (demand !== 'room' && demand !== 'moderator')",
      replace: 'if (demand === undefined)',
    },
  },
  {
    document: 'SECURITY',
    promise: 'What changes a room for all is for who administers',
    test: `${AUTH}/authorization.test.ts`,
    name: 'how many of a room are forwarded is for administrators',
    removal: {
      file: AUTHORIZATION,
      find: '&& !grant.administer',
      replace: '&& demand === undefined',
    },
  },
  {
    document: 'SECURITY',
    promise: 'Every call over HTTP is held against its token',
    test: HTTP_TEST,
    name: "for another room and user than the token's is not carried out",
    removal: { file: RPC, find: 'authorize(source.caller, call.method, call.params);', replace: '' },
  },
  {
    document: 'SECURITY',
    promise: 'A uid that is in use is displaced only by a token for it',
    test: LIVE_TEST,
    name: 'a uid that is there is displaced by a token for it, and by no other',
    removal: { file: RPC, find: "authorize(source.caller, 'publish', params);", replace: '' },
  },
  {
    document: 'SECURITY',
    promise: 'Who may not ask about a room is not told whether it is here',
    test: HTTP_TEST,
    name: 'who may not ask about a room is not told whether it is here',
    removal: {
      file: 'packages/edge/src/http/rpc-server.ts',
      find: '&& !isAccessError(code)',
      replace: '',
    },
  },
];

/** Over sockets, where a token comes once. */
const SOCKETS: readonly Defence[] = [
  {
    document: 'SECURITY',
    promise: 'Over a live socket nothing is carried out before a token was shown',
    test: LIVE_TEST,
    name: 'before a token is shown nothing but that is carried out',
    removal: {
      file: LIVE_SOCKET,
      find: 'const caller = identity.require();',
      replace: "const caller: Caller = { kind: 'open' };",
    },
  },
  {
    document: 'SECURITY',
    promise: 'A live socket opens only for the room of its token',
    test: LIVE_TEST,
    name: 'an upgrade with a token that does not do is refused',
    removal: { file: LIVE_SERVER, find: 'requireRoom(caller, rid);', replace: '' },
  },
  {
    document: 'SECURITY',
    promise: 'A live socket stays with the user of its first token',
    test: LIVE_TEST,
    name: 'a socket is for the user of its token alone',
    removal: {
      file: 'packages/engine/src/live/socket-identity.ts',
      find: 'userOf(this.#caller ?? caller) !== userOf(caller)',
      replace: 'userOf(caller) === undefined',
    },
  },
  {
    document: 'SECURITY',
    promise: 'Nobody takes over the socket of a participant without a token for them',
    test: LIVE_TEST,
    name: 'who resumes shows a token for that participant',
    removal: { file: LIVE_SOCKET, find: "authorize(caller, 'resume', request.params);", replace: '' },
  },
  {
    document: 'SECURITY',
    promise: 'Behind the end of its token a live socket carries out no calls until it has shown a fresh one',
    test: LIVE_TEST,
    name: 'behind the end of its token a socket is told so until it shows a fresh one, and the call goes on',
    removal: {
      file: 'packages/engine/src/live/socket-identity.ts',
      find: 'this.#callers.requireUnexpired(this.#caller);',
      replace: '',
    },
  },
  {
    document: 'SECURITY',
    promise: 'A live socket on which no token is shown is closed',
    test: LIVE_TEST,
    name: 'a socket on which no token is shown in time is closed with 4004, and one with a token stays',
    removal: {
      file: LIVE_SERVER,
      find: 'awaitToken(live, socket);',
      replace: '',
    },
  },
];

/** Through a monitor. */
const MONITOR: readonly Defence[] = [
  {
    document: 'SECURITY',
    promise: 'A monitor places no room for a call whose token does not allow it',
    test: 'packages/monitor/src/api/call-router.test.ts',
    name: '%s %j is not carried out for a token of another room or user, and places no room',
    removal: {
      file: 'packages/monitor/src/api/call-router.ts',
      find: 'authorize(incoming.caller, method, params);',
      replace: '',
    },
  },
  {
    document: 'SECURITY',
    promise: 'A monitor places no room for a live socket before it has seen a good token',
    test: `${MONITOR_LIVE}/live-access.test.ts`,
    name: 'without a good token no room is placed and no engine asked',
    removal: {
      file: `${MONITOR_LIVE}/live-upgrades.ts`,
      find: 'return this.#admitByMessage(request, client, first, rid, address);',
      replace: 'return this.#pass(request, client, first, rid);',
    },
  },
  {
    document: 'SECURITY',
    promise: 'Before a token was shown a monitor holds no more than a short message of a client',
    test: `${MONITOR_LIVE}/client-messages.test.ts`,
    name: '%s closes the socket before it is read',
    removal: {
      file: `${MONITOR_LIVE}/client-messages.ts`,
      find: 'if (length > MAX_FIRST_MESSAGE) return TOO_LONG;',
      replace: '',
    },
  },
  {
    document: 'SECURITY',
    promise: "The cluster's engines are told to who knows its secret, and to nobody by a token",
    test: 'packages/monitor/test/access.test.ts',
    name: 'the engines are told to nobody without the secret, whatever token they have',
    removal: {
      file: 'packages/monitor/src/api/engine-routes.ts',
      find: 'server.get(ENGINES_PATH, { onRequest },',
      replace: 'server.get(ENGINES_PATH, {},',
    },
  },
];

/** Where no tokens are demanded. */
const OPEN: readonly Defence[] = [
  {
    document: 'SECURITY',
    promise: 'Without `[auth]` only the machine itself can call',
    test: `${AUTH}/auth-config.test.ts`,
    name: 'where no tokens are demanded, only this machine is listened to',
    removal: {
      file: CONFIGURATION,
      find: "if (host === '') return LOOPBACK_HOST;",
      replace: "if (host === '') return null;",
    },
  },
  {
    document: 'SECURITY',
    promise: 'Without `[auth]` no other address is listened on unless `insecure` is written out',
    test: `${AUTH}/auth-config.test.ts`,
    name: 'where no tokens are demanded, %s is no address to listen on, and what to write is said',
    removal: { file: CONFIGURATION, find: 'if (isLoopback(host)) return host;', replace: 'return host;' },
  },
  {
    document: 'SECURITY',
    promise: 'The secrets of the examples in deploy/ are no secrets',
    test: 'packages/edge/src/auth/auth-config.test.ts',
    name: 'the secret of the examples, which everybody knows, is refused',
    removal: {
      file: 'packages/edge/src/config/fields.ts',
      find: '(value) => !value.startsWith(PLACEHOLDER),',
      replace: '() => true,',
    },
  },
  {
    document: 'SECURITY',
    promise: 'A secret that could be guessed is no secret',
    test: `${AUTH}/auth-config.test.ts`,
    name: 'a secret that could be guessed is refused, and not repeated',
    removal: { file: CONFIGURATION, find: 'Buffer.byteLength(value) >= MIN_SECRET_LENGTH', replace: 'true' },
  },
];

export const TOKENS: readonly Defence[] = [...VERIFICATION, ...CALLS, ...SOCKETS, ...MONITOR, ...OPEN];
