/** Joins that are under way. */
import type { Defence } from '../defence.js';

const PENDING = {
  test: 'packages/engine/src/room/pending-joins.test.ts',
  file: 'packages/engine/src/room/pending-joins.ts',
};
const LIVE = 'packages/engine/src/live/live-server.test.ts';

export const JOINS: readonly Defence[] = [
  {
    document: 'SECURITY',
    promise: 'Joins that never connect are bounded',
    test: PENDING.test,
    name: 'so many participants may be about to connect, until these are connected or gone',
    removal: {
      file: PENDING.file,
      find: 'this.#joining.size >= pendingJoins',
      replace: 'this.#joining.size < 0',
    },
  },
  {
    document: 'SECURITY',
    promise:
      'One address, or one network of IPv6, takes a part of the places for joins under way, and no more',
    test: PENDING.test,
    name: 'one address has so many joins under way and no more, and others still find a place',
    removal: {
      file: PENDING.file,
      find: 'if (this.#exceeds(ownersOf(origin).address, left, pendingJoinsPerAddress))',
      replace: 'if (pendingJoinsPerAddress < 0)',
    },
  },
  {
    document: 'SECURITY',
    promise: "One token's subject takes a part of the places for joins under way, and no more",
    test: PENDING.test,
    name: "one token's subject has so many joins under way and no more, wherever they come from",
    removal: {
      file: PENDING.file,
      find: 'if (this.#exceeds(ownersOf(origin).subject, left, pendingJoinsPerSubject))',
      replace: 'if (pendingJoinsPerSubject < 0)',
    },
  },
  {
    document: 'SECURITY',
    promise: 'Who is connected and comes again and again takes no more places than its address has',
    test: PENDING.test,
    name: 'who is connected comes again when all places of the engine are taken, but not beyond those of its address',
    removal: {
      file: PENDING.file,
      find: 'check(origin: JoinOrigin, former: Joining | null): void {',
      replace: 'check(origin: JoinOrigin, former: Joining | null): void { if (former !== null) return;',
    },
  },
  {
    document: 'SECURITY',
    promise: 'A join over a live socket counts for the address that a trusted proxy, or the monitor, names',
    test: LIVE,
    name: 'joins count for the address that a trusted proxy names, whoever is behind it',
    removal: {
      file: 'packages/engine/src/live/live-socket.ts',
      find: 'publish(backend, params, { caller, client, opensRooms })',
      replace: 'publish(backend, params, { caller, client: null, opensRooms })',
    },
  },
  {
    document: 'SECURITY',
    promise:
      'A join over HTTP counts for the address that a trusted proxy, or the monitor, names, and the subject of its token',
    test: 'packages/engine/src/api/http-access.test.ts',
    name: 'a join counts for the address that a trusted proxy names, and the subject of its token',
    removal: {
      file: 'packages/engine/src/api/json-rpc.ts',
      find: 'address: client === null ? null : networkOf(client),',
      replace: 'address: null,',
    },
  },
];
