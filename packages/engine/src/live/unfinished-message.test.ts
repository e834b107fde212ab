import { PIECE_COST } from '@kraken/edge/gate/body-budget';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { UnfinishedMessage } from './unfinished-message.js';

const TEXT = 0x81;
const TEXT_BEGINS = 0x01;
const TEXT_ENDS = 0x80;
const PING = 0x89;
const MASKED_HEADER = 6;

/** @returns a frame as a client sends it, with so much content */
function frameOf(first: number, length: number): Buffer {
  const header =
    length < 126 ? [first, 0x80 | length] : [first, 0x80 | 126, (length >> 8) & 0xff, length & 0xff];
  return Buffer.concat([Buffer.from(header), Buffer.alloc(4 + length)]);
}

test('a message is as old as its first octets, until it has come whole', () => {
  const message = new UnfinishedMessage();
  const frame = frameOf(TEXT, 100);
  expect(message.age(50)).toBe(0);
  message.take(frame.subarray(0, 10), 100);
  message.take(frame.subarray(10, 20), 200);
  expect(message.age(300)).toBe(200);
  message.take(frame.subarray(20), 300);
  expect(message.age(400)).toBe(0);
  message.take(frame.subarray(0, 1), 500);
  expect(message.age(600)).toBe(100);
});

test('control frames are none, nor do they make one younger', () => {
  const message = new UnfinishedMessage();
  message.take(frameOf(PING, 4), 0);
  expect(message.age(100)).toBe(0);
  expect(message.held).toBe(0);
  message.take(frameOf(TEXT_BEGINS, 100), 200);
  const before = message.held;
  message.take(frameOf(PING, 0), 300);
  expect(message.age(400)).toBe(200);
  expect(message.held - before).toBeLessThanOrEqual(PIECE_COST);
  message.take(frameOf(TEXT_ENDS, 0), 500);
  expect(message.age(600)).toBe(0);
});

test('what comes of a message with the last octets of the one before it counts from then on', () => {
  const message = new UnfinishedMessage();
  const next = frameOf(TEXT, 60_000).subarray(0, 50_000);
  message.take(Buffer.concat([frameOf(TEXT, 100), next]), 100);
  expect(message.held).toBeGreaterThanOrEqual(next.length);
  expect(message.age(300)).toBe(200);
});

test('of messages that come whole nothing is held, in whatever pieces they come; of others what has come', () => {
  const lengths = fc.array(fc.nat(300), { minLength: 1, maxLength: 5 });
  fc.assert(
    fc.property(lengths, fc.integer({ min: 1, max: 400 }), (contents, pieceLength) => {
      const message = new UnfinishedMessage();
      const [last = 0, ...before] = contents;
      const octets = Buffer.concat([...before, last].map((length) => frameOf(TEXT, length)));
      for (let at = 0; at < octets.length - 1; at += pieceLength)
        message.take(octets.subarray(at, Math.min(at + pieceLength, octets.length - 1)), 0);
      const held = frameOf(TEXT, last).length - 1;
      expect(message.octets).toBe(held);
      expect(message.held).toBeGreaterThanOrEqual(held);
      expect(message.held).toBeLessThanOrEqual(held + (held + 1) * PIECE_COST);
      message.take(octets.subarray(octets.length - 1), 0);
      expect(message.held).toBe(0);
    }),
  );
});

test('each fragment counts with what it takes besides its octets', () => {
  const message = new UnfinishedMessage();
  const fragments = Buffer.concat([frameOf(TEXT_BEGINS, 1), ...Array(99).fill(frameOf(0, 1))]);
  message.take(fragments, 0);
  expect(message.held).toBeGreaterThanOrEqual(100 * (MASKED_HEADER + 1 + PIECE_COST));
});
