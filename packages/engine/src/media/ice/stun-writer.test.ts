import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SocketAddressView, writeSocketAddress } from '../udp/socket-address.js';
import type { MappedAddress } from './mapped-address.js';
import { parseStunMessage, StunMessage } from './stun-message.js';
import { MAX_RESPONSE_LENGTH, StunWriter, writeBindingError, writeBindingSuccess } from './stun-writer.js';
import {
  buildMessage,
  hasIntegrity,
  hmacSha1,
  RFC5769,
  unknown,
  username,
} from './testing/connectivity-checks.js';

const KEY = new TextEncoder().encode(RFC5769.password);

function mappedAddress(family: 'IPv4' | 'IPv6', address: string, port: number): MappedAddress {
  const bytes = new Uint8Array(28);
  writeSocketAddress(bytes, 0, family, address, port);
  const view = new SocketAddressView();
  view.read(bytes, 0);
  return view;
}

function parse(bytes: Uint8Array): StunMessage {
  const message = new StunMessage();
  expect(parseStunMessage(bytes, 0, bytes.length, message)).toBeNull();
  return message;
}

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

describe('the vectors of RFC 5769 are written again', () => {
  test.each([
    ['2.2: the IPv4 response', RFC5769.ipv4Response, mappedAddress('IPv4', RFC5769.ipv4, RFC5769.port)],
    ['2.3: the IPv6 response', RFC5769.ipv6Response, mappedAddress('IPv6', RFC5769.ipv6, RFC5769.port)],
  ])('%s', (_, vector, address) => {
    // SOFTWARE, which this engine does not send, is taken from the vector.
    const output = new Uint8Array(MAX_RESPONSE_LENGTH).fill(0xee);
    output.set(vector.subarray(0, 36));
    const writer = new StunWriter(output, 0, 36);
    writer.appendXorMappedAddress(address);
    writer.appendMessageIntegrity(KEY, hmacSha1);
    writer.appendFingerprint();
    expect(hex(output.subarray(0, writer.length))).toBe(hex(vector));
  });

  test('2.1: integrity and fingerprint of the request', () => {
    const output = new Uint8Array(MAX_RESPONSE_LENGTH).fill(0xee);
    output.set(RFC5769.request.subarray(0, 76));
    const writer = new StunWriter(output, 0, 76);
    writer.appendMessageIntegrity(KEY, hmacSha1);
    writer.appendFingerprint();
    expect(hex(output.subarray(0, writer.length))).toBe(hex(RFC5769.request));
  });
});

describe('responses', () => {
  test('a success response tells the IPv4 source address, and nothing around it is touched', () => {
    const request = RFC5769.request;
    const output = new Uint8Array(200).fill(0xee);
    const source = mappedAddress('IPv4', RFC5769.ipv4, RFC5769.port);
    const length = writeBindingSuccess(parse(request), request, source, KEY, hmacSha1, output, 7);
    const response = output.slice(7, 7 + length);
    expect(length).toBe(64);
    expect(hex(response.subarray(0, 32))).toBe(
      '0101002c2112a442b7e7a701bc34d686fa87dfae002000080001a147e112a643',
    );
    expect(parse(response)).toMatchObject({ messageClass: 2, method: 1 });
    expect(hasIntegrity(response, RFC5769.password)).toBe(true);
    expect(new Set([...output.subarray(0, 7), ...output.subarray(7 + length)])).toEqual(new Set([0xee]));
  });

  test('a success response to an IPv6 address is within the room that is asked for', () => {
    const request = RFC5769.request;
    const output = new Uint8Array(MAX_RESPONSE_LENGTH);
    const source = mappedAddress('IPv6', RFC5769.ipv6, RFC5769.port);
    const length = writeBindingSuccess(parse(request), request, source, KEY, hmacSha1, output, 0);
    expect(hex(output.subarray(20, 44))).toBe('002000140002a1470113a9faa5d3f179bc25f4b5bed2b9d9');
    expect(hasIntegrity(output.subarray(0, length), RFC5769.password)).toBe(true);
  });

  test.each([
    [400, '0009000f 00000400', 'Bad Request', 1],
    [487, '00090011 00000457', 'Role Conflict', 3],
  ] as const)('error %i has its code and a phrase', (code, attribute, phrase, padding) => {
    const request = RFC5769.request;
    const output = new Uint8Array(MAX_RESPONSE_LENGTH).fill(0xee);
    const length = writeBindingError(parse(request), request, code, KEY, hmacSha1, output, 0);
    const response = Buffer.from(output.slice(0, length));
    expect(response.readUInt16BE(0)).toBe(0x0111);
    expect(hex(response.subarray(20, 28))).toBe(attribute.replace(' ', ''));
    expect(response.toString('latin1', 28, 28 + phrase.length + padding)).toBe(phrase + '\0'.repeat(padding));
    expect(parse(response)).toMatchObject({ messageClass: 3, method: 1 });
    expect(hasIntegrity(response, RFC5769.password)).toBe(true);
  });

  test('error 420 names the unknown attributes, padded with zeros', () => {
    const types = [0x7001, 0x0026, 0x7fff];
    const attributes = [username('a:b'), ...types.map((type) => unknown(type))];
    const request = buildMessage({ attributes, password: RFC5769.password });
    const output = new Uint8Array(MAX_RESPONSE_LENGTH).fill(0xee);
    const end = writeBindingError(parse(request), request, 420, KEY, hmacSha1, output, 0);
    expect(hex(output.subarray(48, 60))).toBe('000a0006700100267fff0000');
    expect(hasIntegrity(output.slice(0, end), RFC5769.password)).toBe(true);
  });

  test('the longest response fits', () => {
    const attributes = Array.from({ length: 20 }, (_, i) => unknown(0x7000 + i));
    const request = buildMessage({ attributes, password: RFC5769.password });
    const end = writeBindingError(
      parse(request),
      request,
      420,
      KEY,
      hmacSha1,
      new Uint8Array(MAX_RESPONSE_LENGTH),
      0,
    );
    expect(end).toBeLessThanOrEqual(MAX_RESPONSE_LENGTH);
  });

  test('an output without room is refused before anything is written', () => {
    const request = RFC5769.request;
    const output = new Uint8Array(MAX_RESPONSE_LENGTH);
    const write = (offset: number) => () =>
      writeBindingError(parse(request), request, 400, KEY, hmacSha1, output, offset);
    expect(write(1)).toThrow(RangeError);
    expect(write(-1)).toThrow(RangeError);
    expect(new Set(output)).toEqual(new Set([0]));
  });

  test('any address comes back from XOR-MAPPED-ADDRESS', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 16, maxLength: 16 }),
        fc.boolean(),
        fc.nat(65535),
        (bytes, v4, port) => {
          const source: MappedAddress = { family: v4 ? 'IPv4' : 'IPv6', port, bytes, addressOffset: 0 };
          const output = Buffer.alloc(MAX_RESPONSE_LENGTH);
          const request = RFC5769.request;
          writeBindingSuccess(parse(request), request, source, KEY, hmacSha1, output, 0);
          expect(output.readUInt16BE(26) ^ 0x2112).toBe(port);
          const address = bytes.slice(0, v4 ? 4 : 16).map((byte, i) => byte ^ (output[4 + i] ?? 0));
          expect(hex(output.subarray(28, 28 + address.length))).toBe(hex(address));
        },
      ),
    );
  });
});
