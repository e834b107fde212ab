import { expect, test } from 'vitest';
import {
  longTermKey,
  NONCE,
  parseResponse,
  REALM,
  readXorAddress,
  USERNAME,
  writeRequest,
} from './turn-message.js';

test('the request with long-term credentials of RFC 5769 section 2.4 is written as it stands there', () => {
  const [username, realm] = ['マトリックス', 'example.org'];
  const transactionId = Buffer.from('78ad3433c6ad72c029da412e', 'hex');
  const attributes = [
    { type: USERNAME, value: Buffer.from(username) },
    { type: NONCE, value: Buffer.from('f//499k954d6OL34oL9FSTvy64sA') },
    { type: REALM, value: Buffer.from(realm) },
  ];
  const message = writeRequest(0x001, transactionId, attributes, longTermKey(username, realm, 'TheMatrIX'));
  expect(message.subarray(0, 4).toString('hex')).toBe('00010060');
  expect(message.subarray(-20).toString('hex')).toBe('f67024656dd64a3e02b8e0712e85c9a28ca89666');
});

test('addresses of both families are read as RFC 5769 sections 2.2 and 2.3 have them', () => {
  const transactionId = Buffer.from('b7e7a701bc34d686fa87dfae', 'hex');
  expect(readXorAddress(Buffer.from('0001a147e112a643', 'hex'), transactionId)).toEqual({
    address: '192.0.2.1',
    port: 32853,
  });
  const value = Buffer.from('0002a1470113a9faa5d3f179bc25f4b5bed2b9d9', 'hex');
  expect(readXorAddress(value, transactionId)).toEqual({
    address: '2001:db8:1234:5678:11:2233:4455:6677',
    port: 32853,
  });
});

test('requests, and what is no STUN, are no responses', () => {
  expect(parseResponse(writeRequest(0x003, Buffer.alloc(12), [], null))).toBeNull();
  expect(parseResponse(Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n'))).toBeNull();
  expect(parseResponse(Buffer.alloc(0))).toBeNull();
});
