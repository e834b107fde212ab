import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { hasValidIntegrity } from './message-integrity.js';
import {
  ABSENT,
  hasRightFingerprint,
  MAX_LOCAL_UFRAG_LENGTH,
  MAX_UNKNOWN_ATTRIBUTES,
  parseStunMessage,
  readLocalUfrag,
  StunMessage,
} from './stun-message.js';
import {
  buildMessage,
  controlled,
  controlling,
  hasIntegrity,
  hmacSha1,
  priority,
  RFC5769,
  unknown,
  useCandidate,
  username,
} from './testing/connectivity-checks.js';

const PASSWORD = 'localPassword0123456789';
const encoder = new TextEncoder();

function parse(bytes: Uint8Array): StunMessage {
  const message = new StunMessage();
  expect(parseStunMessage(bytes, 0, bytes.length, message)).toBeNull();
  return message;
}

function problem(bytes: Uint8Array): string | null {
  return parseStunMessage(bytes, 0, bytes.length, new StunMessage());
}

/** Whether there is a FINGERPRINT, and a right one. */
function isFingerprinted(message: StunMessage, bytes: Uint8Array): boolean {
  return message.fingerprintOffset !== ABSENT && hasRightFingerprint(message, bytes);
}

function isValid(bytes: Uint8Array, password: string): boolean {
  return hasValidIntegrity(parse(bytes), bytes, encoder.encode(password), hmacSha1);
}

/** A message without integrity and fingerprint, so that it can be bent freely. */
const plain = (...attributes: Parameters<typeof buildMessage>[0]['attributes'][number][]) =>
  buildMessage({ attributes, password: null, fingerprint: false });

describe('the vectors of RFC 5769', () => {
  test('2.1: the request is parsed and verified', () => {
    const message = parse(RFC5769.request);
    expect(message).toMatchObject({
      messageClass: 0,
      method: 1,
      transactionIdOffset: 8,
      priority: 0x6e0001ff,
    });
    expect(message).toMatchObject({ useCandidate: false, controllingOffset: ABSENT, controlledOffset: 52 });
    expect(message.unknownCount).toBe(0);
    expect(isFingerprinted(message, RFC5769.request)).toBe(true);
    expect(readLocalUfrag(message, RFC5769.request)).toBe('evtj');
    expect(isValid(RFC5769.request, RFC5769.password)).toBe(true);
    expect(isValid(RFC5769.request, 'another password')).toBe(false);
  });

  test.each([
    ['2.2: the IPv4 response', RFC5769.ipv4Response],
    ['2.3: the IPv6 response', RFC5769.ipv6Response],
  ])('%s is parsed and verified', (_, response) => {
    const message = parse(response);
    expect(message).toMatchObject({ messageClass: 2, method: 1, unknownCount: 0 });
    expect(isFingerprinted(message, response)).toBe(true);
    expect(isValid(response, RFC5769.password)).toBe(true);
  });

  test('a vector stands anywhere in memory and is left as it was', () => {
    const memory = new Uint8Array(200).fill(0xee);
    memory.set(RFC5769.request, 33);
    const before = memory.slice();
    const message = new StunMessage();
    expect(parseStunMessage(memory, 33, RFC5769.request.length, message)).toBeNull();
    expect(hasValidIntegrity(message, memory, encoder.encode(RFC5769.password), hmacSha1)).toBe(true);
    expect(memory).toEqual(before);
  });
});

describe('parsing', () => {
  test('the attributes of a connectivity check are found', () => {
    const bytes = buildMessage({
      attributes: [username('local:remote'), priority(0xffffffff), useCandidate, controlling],
      password: PASSWORD,
    });
    const message = parse(bytes);
    expect(message).toMatchObject({ priority: 0xffffffff, useCandidate: true, controlledOffset: ABSENT });
    const end = message.usernameOffset + message.usernameLength;
    expect(Buffer.from(bytes.subarray(message.usernameOffset, end)).toString()).toBe('local:remote');
    expect(bytes[message.controllingOffset]).toBe(0x11);
  });

  test('nothing of an earlier message is left over', () => {
    const message = parse(
      buildMessage({
        attributes: [username('a:b'), priority(1), useCandidate, controlling, controlled, unknown(0x7777)],
        password: PASSWORD,
      }),
    );
    const next = plain();
    parseStunMessage(next, 0, next.length, message);
    expect({ ...message, unknownAttributes: null }).toEqual({
      ...new StunMessage(),
      unknownAttributes: null,
      length: 20,
      messageClass: 0,
      method: 1,
      transactionIdOffset: 8,
    });
  });

  test.each([
    [0x0001, 0, 0x001],
    [0x0011, 1, 0x001],
    [0x0101, 2, 0x001],
    [0x0111, 3, 0x001],
    [0x3eef, 0, 0xfff],
    [0x3fff, 3, 0xfff],
    [0x0200, 0, 0x080],
    [0x0020, 0, 0x010],
  ])('type %i holds class %i and method %i (RFC 8489 section 5)', (type, messageClass, method) => {
    expect(parse(buildMessage({ type, attributes: [], password: null }))).toMatchObject({
      messageClass,
      method,
    });
  });

  test('the first of two equal attributes counts', () => {
    const bytes = plain(username('first:x'), username('second:y'), priority(1), priority(2));
    const message = parse(bytes);
    expect(readLocalUfrag(message, bytes)).toBe('first');
    expect(message.priority).toBe(1);
  });

  test('what follows MESSAGE-INTEGRITY is ignored', () => {
    const bytes = buildMessage({
      attributes: [username('a:b')],
      password: PASSWORD,
      trailing: [useCandidate, priority(9), controlled, unknown(0x7777)],
    });
    expect(parse(bytes)).toMatchObject({ useCandidate: false, priority: ABSENT, controlledOffset: ABSENT });
    expect(parse(bytes).unknownCount).toBe(0);
    expect(isFingerprinted(parse(bytes), bytes)).toBe(true);
    expect(isValid(bytes, PASSWORD)).toBe(true);
  });

  test('a message without FINGERPRINT is taken', () => {
    const bytes = buildMessage({ attributes: [username('a:b')], password: PASSWORD, fingerprint: false });
    expect(parse(bytes).fingerprintOffset).toBe(ABSENT);
    expect(hasRightFingerprint(parse(bytes), bytes)).toBe(true);
    expect(isValid(bytes, PASSWORD)).toBe(true);
  });

  test('unknown comprehension-required attributes are collected, each once', () => {
    const message = parse(
      plain(unknown(0x7001), unknown(0xc057), unknown(0x0026), unknown(0x7001), unknown(0x0020)),
    );
    expect([...message.unknownAttributes.subarray(0, message.unknownCount)]).toEqual([0x7001, 0x0026]);
  });

  test('no more unknown attributes are collected than there is room for', () => {
    const types = Array.from({ length: 30 }, (_, i) => 0x7000 + i);
    const message = parse(plain(...types.map((type) => unknown(type))));
    expect(message.unknownCount).toBe(MAX_UNKNOWN_ATTRIBUTES);
    expect([...message.unknownAttributes]).toEqual(types.slice(0, MAX_UNKNOWN_ATTRIBUTES));
  });
});

describe('the ufrag', () => {
  test.each([
    ['abcd:efgh', 'abcd'],
    ['a:b:c', 'a'],
    [`${'u'.repeat(MAX_LOCAL_UFRAG_LENGTH)}:x`, 'u'.repeat(MAX_LOCAL_UFRAG_LENGTH)],
    [`${'u'.repeat(MAX_LOCAL_UFRAG_LENGTH + 1)}:x`, null],
    ['no colon', null],
    [':remote', null],
    ['', null],
  ])('of username %j is %j', (text, ufrag) => {
    const bytes = plain(username(text));
    expect(readLocalUfrag(parse(bytes), bytes)).toBe(ufrag);
  });

  test('of a message without USERNAME is null', () => {
    const bytes = plain(priority(1));
    expect(readLocalUfrag(parse(bytes), bytes)).toBeNull();
  });
});

describe('a malformed message is dropped', () => {
  const good = plain(username('abcd:efgh'));
  const bend = (change: (bytes: Buffer) => void) => {
    const bytes = Buffer.from(good);
    change(bytes);
    return bytes;
  };

  test('shorter than its header', () => {
    for (let length = 0; length < 20; length++) expect(problem(good.slice(0, length))).toBe('stun-too-short');
    expect(parseStunMessage(good, 0, good.length + 1, new StunMessage())).toBe('stun-too-short');
  });

  test('with a wrong type or cookie', () => {
    expect(problem(bend((bytes) => bytes.writeUInt8(0x40, 0)))).toBe('stun-wrong-type');
    expect(problem(bend((bytes) => bytes.writeUInt8(0x20, 4)))).toBe('stun-wrong-cookie');
    expect(problem(bend((bytes) => bytes.writeUInt8(0x43, 7)))).toBe('stun-wrong-cookie');
  });

  test('with a length that is not its own', () => {
    for (const length of [0, 8, 12, 15, 17, 20, 0xffff]) {
      expect(problem(bend((bytes) => bytes.writeUInt16BE(length, 2)))).toBe('stun-wrong-length');
    }
    expect(problem(Buffer.concat([good, Buffer.alloc(4)]))).toBe('stun-wrong-length');
    const odd = Buffer.concat([good, Buffer.alloc(2)]);
    odd.writeUInt16BE(odd.length - 20, 2);
    expect(problem(odd)).toBe('stun-wrong-length');
  });

  test('with an attribute beyond its end', () => {
    for (const length of [13, 16, 0xffff]) {
      expect(problem(bend((bytes) => bytes.writeUInt16BE(length, 22)))).toBe('stun-malformed-attribute');
    }
  });

  test.each([
    ['MESSAGE-INTEGRITY', 0x0008, 16],
    ['PRIORITY', 0x0024, 3],
    ['USE-CANDIDATE', 0x0025, 1],
    ['ICE-CONTROLLING', 0x802a, 4],
    ['ICE-CONTROLLED', 0x8029, 12],
    ['FINGERPRINT', 0x8028, 8],
  ])('with a wrong length of %s', (_, type, length) => {
    expect(problem(plain(unknown(type, length)))).toBe('stun-malformed-attribute');
  });

  test('with a FINGERPRINT that is wrong or not the last attribute', () => {
    const bytes = buildMessage({ attributes: [username('a:b')], password: PASSWORD });
    bytes[bytes.length - 1] = (bytes[bytes.length - 1] ?? 0) ^ 1;
    expect(problem(bytes)).toBeNull();
    expect(hasRightFingerprint(parse(bytes), bytes)).toBe(false);
    const early = buildMessage({ attributes: [], password: null });
    const longer = Buffer.concat([early, Buffer.from([0x80, 0x22, 0, 0])]);
    longer.writeUInt16BE(longer.length - 20, 2);
    expect(problem(longer)).toBe('stun-wrong-fingerprint');
  });
});

describe('hostile bytes', () => {
  test('random bytes never throw, and what is found lies within the message', () => {
    const header = fc.uint8Array({ minLength: 16, maxLength: 16 });
    const attribute = fc.record({
      type: fc.constantFrom(0x0006, 0x0008, 0x0024, 0x0025, 0x8028, 0x8029, 0x802a, 0x7777),
      length: fc.integer({ min: 0, max: 40 }),
      value: fc.uint8Array({ maxLength: 40 }),
    });
    fc.assert(
      fc.property(header, fc.array(attribute, { maxLength: 8 }), ([...head], attributes) => {
        const body = attributes.flatMap(({ type, length, value }) => [
          type >> 8,
          type & 255,
          0,
          length,
          ...value,
        ]);
        const bytes = Buffer.from([0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42, ...head.slice(4), ...body]);
        bytes.writeUInt16BE(bytes.length - 20, 2);
        const message = new StunMessage();
        if (parseStunMessage(bytes, 0, bytes.length, message) !== null) return;
        expect(message.usernameOffset + message.usernameLength).toBeLessThanOrEqual(bytes.length);
        expect(message.integrityOffset + (message.integrityOffset === ABSENT ? 0 : 24)).toBeLessThanOrEqual(
          bytes.length,
        );
        readLocalUfrag(message, bytes);
        const valid = hasValidIntegrity(message, bytes, encoder.encode(PASSWORD), hmacSha1);
        expect(valid).toBe(hasIntegrity(bytes, PASSWORD));
      }),
    );
  });

  test('wholly random bytes never throw', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        const before = bytes.slice();
        parseStunMessage(bytes, 0, bytes.length, new StunMessage());
        expect(bytes).toEqual(before);
      }),
    );
  });
});
