import { Readable } from 'node:stream';
import { expect, test } from 'vitest';
import { BEGINNING_LIMIT, LargeBody } from './large-body.js';

function bodyOf(...pieces: readonly string[]): LargeBody {
  const buffers = pieces.map((piece) => Buffer.from(piece));
  const length = buffers.reduce((sum, piece) => sum + piece.length, 0);
  return new LargeBody(Readable.from(buffers, { objectMode: false }), length);
}

const REST = `"${'x'.repeat(BEGINNING_LIMIT)}"]}`;

test.each([
  ['{"id":"1","method":"restart","params":["room","ann",', { id: '1', method: 'restart', rid: 'room' }],
  [
    ' { "id" : 7 , "method" : "answer" , "params" : [ "ro\\"\\u00e9m" , ',
    { id: 7, method: 'answer', rid: 'ro"ém' },
  ],
  ['{"method":"restart","params":["räum","ann",', { id: undefined, method: 'restart', rid: 'räum' }],
  ['{"id":"","method":"restart","params":["r",', { id: undefined, method: 'restart', rid: 'r' }],
])('the beginning %j tells where the call goes', async (text, beginning) => {
  const body = bodyOf(text.slice(0, 10), text.slice(10), REST);
  expect(await body.beginning()).toEqual(beginning);
  expect(await body.text()).toBe(text + REST);
});

test.each([
  '{"params":["room","ann",',
  '{"id":"1","params":["room"],"method":"restart","x":[',
  '{"id":"1","method":7,"params":["room",',
  '{"id":"1","method":"restart","params":[["room"],',
  '{"id":"1","method":"re\\xstart","params":["room",',
  `{"id":"${'1'.repeat(BEGINNING_LIMIT)}","method":"restart","params":["room",`,
  '',
])('the beginning %j tells nothing, and the body is there all the same', async (text) => {
  const body = bodyOf(text, REST);
  expect(await body.beginning()).toBeNull();
  expect(await body.text()).toBe(text + REST);
});

test('a body goes on as it comes, octet by octet', async () => {
  const pieces = ['{"method":"restart","params":["r",', 'x'.repeat(5_000), 'ä'.repeat(70_000)];
  const body = bodyOf(...pieces);
  await body.beginning();
  const passed: Buffer[] = [];
  for await (const piece of body.stream()) passed.push(piece);
  expect(Buffer.concat(passed).toString()).toBe(pieces.join(''));
  expect(passed.length).toBeGreaterThan(1);
});
