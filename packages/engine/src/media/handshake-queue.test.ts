import { beforeEach, describe, expect, it } from 'vitest';
import {
  HANDSHAKE_BUDGET,
  HandshakeQueue,
  MAX_WAITING_STEPS,
  MAX_WAITING_STEPS_PER_TRANSPORT,
} from './handshake-queue.js';

class Waiting {
  waitingSteps = 0;
  constructor(readonly id: number) {}
}

let queue: HandshakeQueue<Waiting>;
let now: number;
beforeEach(() => {
  queue = new HandshakeQueue();
  now = 0;
});

/** Runs one turn in which each step takes so long, and names whose steps were taken. */
function turn(milliseconds: number): number[] {
  const taken: number[] = [];
  queue.run(
    () => now,
    ({ transport }) => {
      taken.push(transport.id);
      now += milliseconds;
    },
  );
  return taken;
}

function push(id: number, hasBegun = false): Waiting {
  const transport = new Waiting(id);
  expect(queue.push(transport, new Uint8Array(1), hasBegun)).toBe(true);
  return transport;
}

describe('HandshakeQueue', () => {
  it('takes what came first first, but those that have begun before those that have not', () => {
    push(1);
    push(2, true);
    push(3);
    push(4, true);
    expect(turn(0)).toEqual([2, 4, 1, 3]);
    expect(queue.isEmpty).toBe(true);
    expect(turn(0)).toEqual([]);
  });

  it('stops when the budget is spent, and goes on with the next turn', () => {
    for (let id = 0; id < 10; id++) push(id);
    expect(turn(HANDSHAKE_BUDGET / 4)).toEqual([0, 1, 2, 3]);
    expect(turn(HANDSHAKE_BUDGET / 4)).toEqual([4, 5, 6, 7]);
  });

  it('takes one step in each turn, however long steps take', () => {
    push(1);
    push(2);
    expect(turn(HANDSHAKE_BUDGET * 10)).toEqual([1]);
    expect(turn(HANDSHAKE_BUDGET * 10)).toEqual([2]);
  });

  it('holds so many steps of one transport, until they are taken', () => {
    const transport = new Waiting(1);
    const fill = () => {
      let taken = 0;
      while (queue.push(transport, null, true)) taken++;
      return taken;
    };
    expect(fill()).toBe(MAX_WAITING_STEPS_PER_TRANSPORT);
    turn(HANDSHAKE_BUDGET);
    expect(fill()).toBe(1);
  });

  it('holds so many steps in all', () => {
    for (let id = 0; id < MAX_WAITING_STEPS; id++) push(id, id % 2 === 0);
    expect(queue.push(new Waiting(-1), null, true)).toBe(false);
    expect(turn(0)).toHaveLength(MAX_WAITING_STEPS);
    push(1);
    expect(turn(0)).toEqual([1]);
  });

  it('keeps its order when it never runs empty', () => {
    const taken: number[] = [];
    for (let id = 0; id < 3 * MAX_WAITING_STEPS; id++) {
      push(id);
      if (id % 2 === 1) taken.push(...turn(HANDSHAKE_BUDGET));
      if (id > 200) taken.push(...turn(HANDSHAKE_BUDGET));
    }
    while (!queue.isEmpty) taken.push(...turn(0));
    expect(taken).toEqual(Array.from({ length: 3 * MAX_WAITING_STEPS }, (_, id) => id));
  });
});
