/** What is left of those who come and go at an engine that runs. */
import type { Defence } from '../defence.js';

export const SOAK: readonly Defence[] = [
  {
    document: 'reliability',
    promise:
      'Of guests and bad clients who have gone nothing is left: no room, transport, stream, live socket, file or thread; meanwhile others hear each other',
    test: 'bench/soak/soak.test.ts',
    name: 'after some seconds of churn nothing is left of those who came, and the others have heard each other',
    removal: {
      file: 'packages/engine/src/live/live-server.ts',
      find: '        this.#sockets.delete(live);\n',
      replace: '',
    },
  },
  {
    document: 'reliability',
    promise: 'Memory that grows from calm to calm is found by the soak',
    test: 'bench/soak/soak.test.ts',
    name: 'finds memory that grows on and on, but not in a quarter of an hour',
    removal: {
      file: 'bench/soak/verdict.ts',
      find: 'perHour === null || perHour <= bound',
      replace: 'perHour === null || perHour <= 2 * bound',
    },
  },
];
