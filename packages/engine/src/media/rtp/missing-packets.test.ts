import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  ATTEMPT_INTERVAL,
  FIRST_REQUEST_INTERVAL,
  MAX_MISSING,
  MAX_REQUESTS,
  MAX_UNANSWERED,
  MISSING_LIFETIME,
  MissingPackets,
  NOT_MISSING,
  OVERTAKEN,
  RECOVERED,
  REORDERING_LIFETIME,
  REORDERING_PATIENCE,
} from './missing-packets.js';

const PACKET = 20;
/** Sequence number of index 0. */
const BASE = 65_530;

/** A stream of one packet each 20 ms; index i is sent at i * 20 ms. */
class Stream {
  readonly missing = new MissingPackets();

  receive(index: number, now = index * PACKET): number {
    return this.missing.received(index, (BASE + index) & 0xffff, now);
  }

  /** @returns indices that are asked for */
  ask(now: number): number[] {
    const count = this.missing.collect(now);
    return [...this.missing.due.subarray(0, count)].map((number) => (number - BASE) & 0xffff);
  }

  /** Loses no packet for a while. */
  receiveAll(first: number, last: number): void {
    for (let index = first; index <= last; index++) this.receive(index);
  }

  /** Loses one packet in ten and gets it back after a while. @returns what was made of it */
  loseAndRecover(index: number, after: number): number {
    this.receiveAll(index - 8, index - 1);
    this.receive(index + 1);
    const now = (index + 1) * PACKET;
    expect(this.ask(now)).toEqual([index]);
    return this.receive(index, now + after);
  }
}

test('nothing is asked for while all packets come', () => {
  const stream = new Stream();
  for (let index = 0; index < 100; index++) {
    expect(stream.receive(index)).toBe(NOT_MISSING);
    expect(stream.ask(index * PACKET)).toEqual([]);
  }
});

test('a gap is asked for with the packet behind it, over the end of the sequence numbers', () => {
  const stream = new Stream();
  stream.receive(3);
  stream.receive(9);
  expect(stream.ask(180)).toEqual([4, 5, 6, 7, 8]);
  expect(stream.missing.requested).toBe(5);
  expect(stream.missing.isMissing(5)).toBe(true);
  expect(stream.missing.isMissing(9)).toBe(false);
});

test('what has come upon a request is asked for no more', () => {
  const stream = new Stream();
  expect(stream.loseAndRecover(5, 40)).toBe(RECOVERED);
  expect(stream.missing.recovered).toBe(1);
  for (let now = 160; now < 1_000; now += 50) expect(stream.ask(now)).toEqual([]);
  expect(stream.receive(5, 200)).toBe(NOT_MISSING);
});

test('it is asked for again when no answer has come within a round trip', () => {
  const stream = new Stream();
  stream.receive(0);
  stream.receive(2, 0);
  expect(stream.ask(0)).toEqual([1]);
  expect(stream.ask(FIRST_REQUEST_INTERVAL - 1)).toEqual([]);
  expect(stream.ask(FIRST_REQUEST_INTERVAL)).toEqual([1]);
});

test('how long a round trip is, answers tell', () => {
  const stream = new Stream();
  for (let index = 10; index < 400; index += 10) stream.loseAndRecover(index, 50);
  expect(stream.missing.requestInterval).toBeCloseTo(50, 0);
  for (let index = 400; index < 800; index += 10) stream.loseAndRecover(index, 150);
  expect(stream.missing.requestInterval).toBeCloseTo(150, 0);
});

test('a round trip that has become much shorter is found', () => {
  const stream = new Stream();
  stream.loseAndRecover(10, 300);
  let index = 20;
  for (; index < 600; index += 10) {
    stream.receiveAll(index - 8, index - 1);
    for (let behind = 1; behind <= 6; behind++) stream.receive(index + behind, index * PACKET);
    expect(stream.ask(index * PACKET)).toEqual([index]);
    stream.receive(index, index * PACKET + 30);
  }
  expect(stream.missing.requestInterval).toBeCloseTo(30, 0);
});

test('a packet is given up after a while, and after many requests', () => {
  const stream = new Stream();
  stream.loseAndRecover(5, 20);
  stream.receive(7);
  stream.receive(9, 1_000);
  let requests = 0;
  for (let now = 1_000; now < 3_000; now += 5) requests += stream.ask(now).length;
  expect(requests).toBe(MAX_REQUESTS);
  expect(stream.receive(8, 1_000 + 2 * MISSING_LIFETIME)).toBe(NOT_MISSING);
});

test('of a longer gap the last packets are asked for', () => {
  const stream = new Stream();
  stream.receive(0);
  stream.receive(1_000);
  const asked = stream.ask(0);
  expect(asked).toHaveLength(MAX_MISSING);
  expect([asked[0], asked.at(-1)]).toEqual([1_000 - MAX_MISSING, 999]);
  stream.receive(1_010);
  expect(stream.ask(10)).toEqual([1001, 1002, 1003, 1004, 1005, 1006, 1007, 1008, 1009]);
});

test('where packets overtake each other, a few more have to come behind the gap', () => {
  const stream = new Stream();
  stream.loseAndRecover(10, 50);
  stream.receiveAll(12, 20);
  stream.receive(23);
  expect(stream.ask(460)).toEqual([21, 22]);
  expect(stream.receive(21, 461)).toBe(OVERTAKEN);
  stream.receive(22, 462);
  stream.receive(25, 500);
  expect(stream.ask(500)).toEqual([]);
  expect(stream.receive(24, 502)).toBe(OVERTAKEN);
  stream.receive(27, 540);
  expect(stream.ask(540)).toEqual([]);
  stream.receiveAll(28, 29);
  expect(stream.ask(560)).toEqual([26]);
  stream.receive(31, 600);
  stream.receive(26, 600);
  expect(stream.ask(600 + REORDERING_PATIENCE - 1)).toEqual([]);
  expect(stream.ask(600 + REORDERING_PATIENCE)).toEqual([30]);
  const later = 560 + REORDERING_LIFETIME;
  stream.receive(32, later);
  stream.receive(34, later);
  expect(stream.ask(later + 1)).toEqual([33]);
});

/** Every other packet is lost, and none is answered. @returns how many are asked for */
function ignored(stream: Stream, first: number, last: number): number {
  let requests = 0;
  for (let index = first; index < last; index += 2) {
    stream.receive(index);
    requests += stream.ask(index * PACKET).length;
  }
  return requests;
}

test('a sender that never answers is asked for a single packet now and then', () => {
  const stream = new Stream();
  ignored(stream, 0, 4 * MAX_UNANSWERED);
  expect(stream.missing.isGivenUp).toBe(true);
  const attempts = 5;
  const packets = (attempts * ATTEMPT_INTERVAL) / PACKET;
  expect(ignored(stream, 1_000, 1_000 + packets)).toBe(attempts);
});

test('and for all again once it has answered such a request', () => {
  const stream = new Stream();
  ignored(stream, 0, 4 * MAX_UNANSWERED);
  const later = 4 * MAX_UNANSWERED + ATTEMPT_INTERVAL / PACKET;
  stream.receive(later);
  const [asked] = stream.ask(later * PACKET);
  if (asked === undefined) throw new Error('nothing is asked for');
  expect(stream.receive(asked, later * PACKET + 40)).toBe(RECOVERED);
  expect(ignored(stream, later + 2, later + 22)).toBeGreaterThanOrEqual(10);
});

test('one that has answered once is asked on and on', () => {
  const stream = new Stream();
  stream.loseAndRecover(5, 40);
  for (let index = 10; index < 1_000; index += 2) {
    stream.receive(index);
    stream.ask(index * PACKET);
  }
  expect(stream.missing.isGivenUp).toBe(false);
});

test('behind a reset the next packet begins anew', () => {
  const stream = new Stream();
  stream.receive(0);
  stream.receive(5);
  stream.missing.reset();
  expect(stream.ask(1_000)).toEqual([]);
  stream.receive(50);
  expect(stream.ask(1_000)).toEqual([]);
});

test('whatever comes, only what is missing is asked for, in order, and no packet too often', () => {
  const happening = fc.record({ step: fc.integer({ min: -40, max: 60 }), wait: fc.nat({ max: 100 }) });
  fc.assert(
    fc.property(fc.array(happening, { maxLength: 200 }), (happenings) => {
      const stream = new Stream();
      const received = new Set<number>();
      const requests = new Map<number, number>();
      let [newest, now] = [1_000, 0];
      for (const { step, wait } of happenings) {
        const index = newest + step;
        now += wait;
        if (received.has(index)) continue;
        received.add(index);
        stream.receive(index, now);
        newest = Math.max(newest, index);
        const asked = stream.ask(now);
        expect(asked).toEqual([...new Set(asked)].sort((a, b) => a - b));
        for (const missing of asked) {
          expect(received.has(missing)).toBe(false);
          expect(missing).toBeLessThan(newest);
          requests.set(missing, (requests.get(missing) ?? 0) + 1);
          expect(requests.get(missing)).toBeLessThanOrEqual(MAX_REQUESTS);
        }
      }
    }),
    { numRuns: 200 },
  );
});
