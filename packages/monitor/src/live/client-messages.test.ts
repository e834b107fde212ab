import { MAX_FIRST_MESSAGE } from '@kraken/edge/auth/callers';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type ClientMessage, ClientMessages, openingHead, textFrame } from './client-messages.js';

const MASK = [0x37, 0xfa, 0x21, 0x3d];

/** @returns a frame as a client sends it */
function frame(first: number, payload: Uint8Array, mask: readonly number[] = MASK): Buffer {
  const { length } = payload;
  const header = length < 126 ? [first, 0x80 | length] : [first, 0x80 | 126, length >> 8, length & 0xff];
  const masked = payload.map((octet, index) => octet ^ (mask[index % 4] ?? 0));
  return Buffer.from([...header, ...mask, ...masked]);
}

function text(content: string): Buffer {
  return frame(0x81, Buffer.from(content));
}

/** @param pieces as they come */
function messagesOf(...pieces: readonly Uint8Array[]): ClientMessage[] {
  const messages = new ClientMessages();
  const all: ClientMessage[] = [];
  for (const piece of pieces) {
    messages.push(piece);
    for (let next = messages.next(); next !== null; next = messages.next()) {
      all.push(next);
      if (next === 'ended' || 'code' in next) return all;
    }
  }
  return all;
}

test('the example of RFC 6455 is read', () => {
  const hello = Buffer.from('818537fa213d7f9f4d5158', 'hex');
  expect(messagesOf(hello)).toEqual([{ text: 'Hello' }]);
});

test('messages of any length up to the greatest are read, however they are cut', () => {
  fc.assert(
    fc.property(
      fc.string({ maxLength: 300 }),
      fc.string({ maxLength: 300 }),
      fc.integer({ min: 1, max: 99 }),
      (a, b, step) => {
        const octets = Buffer.concat([text(a), frame(0x89, Buffer.from('ping')), text(b)]);
        const pieces: Buffer[] = [];
        for (let at = 0; at < octets.length; at += step) pieces.push(octets.subarray(at, at + step));
        expect(messagesOf(...pieces)).toEqual([{ text: a }, { text: b }]);
      },
    ),
  );
  expect(messagesOf(text('x'.repeat(MAX_FIRST_MESSAGE)))).toEqual([{ text: 'x'.repeat(MAX_FIRST_MESSAGE) }]);
});

test('what has come behind a message is there to be passed on', () => {
  const messages = new ClientMessages();
  messages.push(Buffer.concat([text('a'), text('b')]));
  expect(messages.next()).toEqual({ text: 'a' });
  expect(messages.rest).toEqual(text('b'));
});

test.each([
  ['a longer message', text('x'.repeat(MAX_FIRST_MESSAGE + 1)).subarray(0, 8), 1009],
  ['a length in 64 bits', Buffer.from([0x81, 0xff]), 1009],
  ['a frame that is not masked', Buffer.from([0x81, 0x01, 0x61]), 1002],
  ['a binary message', frame(0x82, Buffer.from('x')), 1003],
  ['a message in pieces', frame(0x01, Buffer.from('x')), 1002],
  ['a reserved bit', frame(0xc1, Buffer.from('x')), 1002],
  ['a reserved opcode', frame(0x83, Buffer.from('x')), 1002],
  ['a long control frame', frame(0x89, Buffer.alloc(126)), 1002],
])('%s closes the socket before it is read', (_what, octets, code) => {
  expect(messagesOf(octets)).toEqual([{ code, reason: expect.any(String) }]);
});

test('a close frame is the end', () => {
  expect(messagesOf(frame(0x88, Buffer.from([3, 232])))).toEqual(['ended']);
});

test('no octets make it fail', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), (octets) => {
      messagesOf(octets);
    }),
  );
});

test('the handshake is answered as in RFC 6455, section 1.3', () => {
  expect(openingHead('dGhlIHNhbXBsZSBub25jZQ==')).toContain(
    'Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n',
  );
});

test('answers are frames with their length in front', () => {
  expect(textFrame('Hello').toString('hex')).toBe('810548656c6c6f');
  const long = textFrame('x'.repeat(300));
  expect([...long.subarray(0, 4)]).toEqual([0x81, 126, 1, 44]);
  expect(long.length).toBe(304);
});
