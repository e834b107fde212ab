/** What holds for the whole engine, whatever happens in which order. */
import type { Defence } from '../defence.js';

const TEST = 'packages/engine/test/simulation/simulation.test.ts';
const PROMISES = 'keeps its promises with seed';

export const SIMULATION: readonly Defence[] = [
  {
    document: 'reliability',
    promise: 'Nobody hears a room that they are not in, whoever joins, leaves, moves and comes again',
    test: TEST,
    name: PROMISES,
    removal: {
      file: 'packages/engine/src/room/rooms.ts',
      find: 'let room = this.#rooms.get(peer.rid);',
      replace: 'let room = this.#rooms.get(peer.rid) ?? this.#rooms.values().next().value;',
      built: false,
    },
  },
  {
    document: 'reliability',
    promise: 'Whom the operator has silenced nobody hears, whatever happens meanwhile, until that is ended',
    test: TEST,
    name: PROMISES,
    removal: {
      file: 'packages/engine/src/media/forward/publication.ts',
      find: 'return this.#silenced || !this.#permitted;',
      replace: 'return !this.#permitted;',
      built: false,
    },
  },
  {
    document: 'reliability',
    promise:
      'When everybody has left, nothing is left: no room, transport, publication, timer, nor octet of worker memory',
    test: TEST,
    name: PROMISES,
    removal: {
      file: 'packages/engine/src/media/tuples.ts',
      find: 'this.#memory.free(tuple.destination, DESTINATION_SIZE);',
      replace: '',
      built: false,
    },
  },
  {
    document: 'reliability',
    promise: 'What another worker was told of a participant who has left is taken back',
    test: TEST,
    name: PROMISES,
    removal: {
      file: 'packages/engine/src/room/rooms.ts',
      find: '      endRelays(peer.publication);\n',
      replace: '',
      built: false,
    },
  },
  {
    document: 'reliability',
    promise: 'Minutes after the last disturbance everybody hears whom they should',
    test: TEST,
    name: PROMISES,
    removal: {
      file: 'packages/engine/src/media/datapath.ts',
      find: '    this.#subscriptions.resumeAllOf(transport);\n    this.#post',
      replace: '    this.#post',
      built: false,
    },
  },
];
