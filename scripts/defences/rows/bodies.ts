/** Bodies and messages that are not whole yet. */
import type { Defence } from '../defence.js';

const HELD = {
  test: 'packages/edge/src/http/held-bodies.test.ts',
  file: 'packages/edge/src/http/held-bodies.ts',
};
const BUDGET = {
  test: 'packages/edge/src/gate/body-budget.test.ts',
  file: 'packages/edge/src/gate/body-budget.ts',
};
const LIVE = 'packages/engine/src/live/live-server.test.ts';

export const BODIES: readonly Defence[] = [
  {
    document: 'SECURITY',
    promise: 'A flood of bodies that do not come whole takes no more memory than the budget for all of them',
    test: HELD.test,
    name: 'what is held of unfinished bodies stays below the budget in a flood of them, and calls are answered',
    removal: {
      file: BUDGET.file,
      find: 'while (this.#octets > this.#limit)',
      replace: 'while (this.#octets < 0)',
    },
  },
  {
    document: 'SECURITY',
    promise: 'Who holds most of the budget for unfinished bodies pays for it: others are not given up',
    test: BUDGET.test,
    name: 'a flood from one address gives up none of the bodies of others who hold less than half of it',
    removal: {
      file: BUDGET.file,
      find: 'for (let size = this.#bySize.length - 1; size >= 0; size--)',
      replace: 'for (let size = 0; size < this.#bySize.length; size++)',
    },
  },
  {
    document: 'SECURITY',
    promise:
      'The oldest of the unfinished bodies of one address is given up first, so that calls from the same address get in',
    test: BUDGET.test,
    name: 'a body that grows stays as old as it is',
    removal: {
      file: BUDGET.file,
      find: 'else owner.bodies.add(body);',
      replace: 'else if (owner.bodies.delete(body) || octets > 0) owner.bodies.add(body);',
    },
  },
  {
    document: 'SECURITY',
    promise: 'A body in many small pieces counts with what these take besides their octets',
    test: HELD.test,
    name: 'a body in many small pieces counts with what these take',
    removal: {
      file: HELD.file,
      find: 'octets += piece.length + PIECE_COST;',
      replace: 'octets += piece.length;',
    },
  },
  {
    document: 'SECURITY',
    promise: 'Long bodies that a monitor passes on as they come count to the budget as well',
    test: HELD.test,
    name: 'long bodies that are passed on as they come count as well',
    removal: {
      file: HELD.file,
      find: 'held.hold(LARGE_BODY);',
      replace: 'return new LargeBody(payload, length);',
    },
  },
  {
    document: 'SECURITY',
    promise: 'Messages of live sockets that do not come whole count to the same budget',
    test: LIVE,
    name: 'messages that are not whole are held to the budget: the oldest of who holds most is given up with 1013',
    removal: {
      file: 'packages/engine/src/live/live-socket.ts',
      find: 'this.#options.hold(this.#unfinished.held);',
      replace: '',
    },
  },
  {
    document: 'SECURITY',
    promise: 'What comes of a message with the end of the one before it counts, and is timed, as any other',
    test: 'packages/engine/src/live/unfinished-message.test.ts',
    name: 'what comes of a message with the last octets of the one before it counts from then on',
    removal: {
      file: 'packages/engine/src/live/unfinished-message.ts',
      find: 'if (this.#missing === 0) this.#endFrame();',
      replace: 'if (this.#missing === 0) { this.#endFrame(); break; }',
    },
  },
  {
    document: 'SECURITY',
    promise: 'First messages at a monitor that do not come whole count to its budget',
    test: 'packages/monitor/src/live/live-access.test.ts',
    name: 'first messages that are not whole are held to the budget: the oldest is given up with 1013',
    removal: {
      file: 'packages/monitor/src/live/authentication.ts',
      find: 'hold(messages.rest.length);',
      replace: '',
    },
  },
];
