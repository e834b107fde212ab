import { expect, test } from 'vitest';
import { ResponseReader } from './http-response.js';

const RESPONSE = Buffer.from(
  'HTTP/1.1 200 OK\r\nVary: Origin\r\nContent-Length: 12\r\nConnection: keep-alive\r\n\r\n{"name":"é"}'.replace(
    '12',
    String(Buffer.byteLength('{"name":"é"}')),
  ),
);

test('a response is read wherever it was cut', () => {
  for (let cut = 1; cut < RESPONSE.length; cut++) {
    const reader = new ResponseReader();
    expect(reader.take(RESPONSE.subarray(0, cut))).toBeNull();
    expect(reader.take(RESPONSE.subarray(cut))).toEqual({ status: 200, body: '{"name":"é"}' });
  }
});

test('one response follows another on the same connection', () => {
  const reader = new ResponseReader();
  expect(reader.take(RESPONSE)?.status).toBe(200);
  const failure = Buffer.from('HTTP/1.1 500 Internal Server Error\r\ncontent-length: 0\r\n\r\n');
  expect(reader.take(failure)).toEqual({ status: 500, body: '' });
});

test.each([
  ['no length', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n'],
  ['no HTTP', 'SSH-2.0-OpenSSH\r\nContent-Length: 1\r\n\r\n'],
  ['more than one', 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\nHTTP/1.1'],
])('%s is refused', (_, text) => {
  expect(() => new ResponseReader().take(Buffer.from(text))).toThrow();
});
