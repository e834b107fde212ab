import { describe, expect, test } from 'vitest';
import { WorkerMemory } from '../memory.js';
import { MESSAGE_SIZE, MESSAGE_VECTOR, MESSAGE_VECTOR_COUNT, VECTOR_SIZE } from '../srtp/index.js';
import { hasBatchedCalls, type LibC, loadLibC } from './libc.js';
import { MessageSender } from './message-sender.js';

const EPERM = 1;
const EINTR = 4;
const EIO = 5;
const EAGAIN = 11;
const EINVAL = 22;
const ENOBUFS = 105;
const DESCRIPTOR = 7;

interface Asked {
  readonly count: number;
  /** Of the first message. */
  readonly datagrams: number;
}

/** A sender whose system answers sendmmsg in turn: how many messages were taken, or minus an error; then all. */
class Bench {
  readonly asked: Asked[] = [];
  readonly sender: MessageSender;
  readonly #memory = new WorkerMemory(4, null);
  readonly #messages = this.#memory.reserve(16 * MESSAGE_SIZE);
  #error = 0;

  constructor(answers: readonly number[], setsockopt = 0) {
    const calls: LibC = {
      ...loadLibC(),
      setsockopt: () => setsockopt,
      sendmmsg: (descriptor, messages, count) => {
        expect(descriptor).toBe(DESCRIPTOR);
        const datagrams = this.#memory.view.getUint32(messages + MESSAGE_VECTOR_COUNT, true);
        const answer = answers[this.asked.length] ?? count;
        this.asked.push({ count, datagrams });
        this.#error = answer < 0 ? -answer : 0;
        return answer < 0 ? -1 : answer;
      },
      errno: () => this.#error,
    };
    this.sender = new MessageSender(calls, this.#memory, DESCRIPTOR);
  }

  /** @param datagrams of each message */
  send(datagrams: readonly number[]): number {
    const { view } = this.#memory;
    datagrams.forEach((count, i) => {
      const message = this.#messages + i * MESSAGE_SIZE;
      view.setUint32(message + MESSAGE_VECTOR_COUNT, count, true);
      view.setBigUint64(message + MESSAGE_VECTOR, BigInt(i * 100 * VECTOR_SIZE), true);
    });
    return this.sender.send(this.#messages, datagrams.length);
  }

  get counts(): number[] {
    return this.asked.map(({ count }) => count);
  }
}

const TEN = new Array<number>(10).fill(1);

describe.runIf(hasBatchedCalls())('calls that fail', () => {
  test('part of the way are gone on with', () => {
    const bench = new Bench([4, 3]);
    expect(bench.send(TEN)).toBe(10);
    expect(bench.counts).toEqual([10, 6, 3]);
  });

  test('by a signal are made again', () => {
    const bench = new Bench([-EINTR]);
    expect(bench.send(TEN)).toBe(10);
    expect(bench.counts).toEqual([10, 10]);
  });

  test('for one destination leave out that message', () => {
    const bench = new Bench([4, -EPERM]);
    expect(bench.send(TEN)).toBe(9);
    expect(bench.counts).toEqual([10, 6, 5]);
  });

  test.each([EAGAIN, ENOBUFS])('for want of room (errno %i) give up the rest', (error) => {
    const bench = new Bench([4, -error]);
    expect(bench.send(TEN)).toBe(4);
    expect(bench.counts).toEqual([10, 6]);
  });
});

describe.runIf(hasBatchedCalls())('a message of several datagrams', () => {
  test('counts as so many', () => {
    expect(new Bench([]).send([3, 1, 2])).toBe(6);
    expect(new Bench([2, -EAGAIN]).send([3, 1, 2])).toBe(4);
  });

  test('that is refused goes as one message each, and what stands behind it goes as before', () => {
    const bench = new Bench([1, -EINVAL]);
    expect(bench.send([2, 3, 4])).toBe(9);
    expect(bench.asked).toEqual([
      { count: 3, datagrams: 2 },
      { count: 2, datagrams: 3 },
      { count: 1, datagrams: 1 },
      { count: 1, datagrams: 1 },
      { count: 1, datagrams: 1 },
      { count: 1, datagrams: 4 },
    ]);
    expect(bench.sender.takesMerged).toBe(true);
  });

  test('is not given any more to a device that cannot cut it up', () => {
    const bench = new Bench([-EIO]);
    expect(bench.send([2])).toBe(2);
    expect(bench.sender.takesMerged).toBe(false);
  });

  test('is not given to a system that does not know them', () => {
    expect(new Bench([], -1).sender.takesMerged).toBe(false);
  });
});
