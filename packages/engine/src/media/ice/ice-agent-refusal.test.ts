import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { NO_TUPLE } from './ice-agent.js';
import { parseStunMessage, StunMessage } from './stun-message.js';
import { Bench, buildCheck, FIRST, SECOND } from './testing/agent-bench.js';
import * as checks from './testing/connectivity-checks.js';

describe('errors of a peer that is authentic', () => {
  const attributes = [checks.username('local1:remote1'), checks.priority(1)];
  const password = FIRST.localPassword;

  test.each([
    ['claims to be controlled', [...attributes, checks.controlled], 487],
    ['claims both roles', [...attributes, checks.controlled, checks.controlling], 400],
    ['names no priority', [checks.username('local1:remote1'), checks.controlling], 400],
    ['asks for what is unknown', [...attributes, checks.unknown(0x7001), checks.controlled], 420],
  ] as const)('one that %s is told so and validates nothing', (_, parts, errorCode) => {
    const bench = new Bench();
    const result = bench.receive(checks.buildMessage({ attributes: parts, password }), 1);
    expect(result).toMatchObject({ kind: 'refused', errorCode });
    const response = bench.response(result);
    expect(response.readUInt16BE(0)).toBe(0x0111);
    expect(response.readUInt8(26) * 100 + response.readUInt8(27)).toBe(errorCode);
    expect(checks.hasIntegrity(response, password)).toBe(true);
    expect(bench.agent.tuples).toEqual([]);
    expect(bench.agent.lastCheckAt).toBeNull();
  });

  test('the unknown attributes are named', () => {
    const bench = new Bench();
    const parts = [...attributes, checks.unknown(0x7001), checks.unknown(0xc057), checks.unknown(0x0026)];
    const response = bench.response(bench.receive(checks.buildMessage({ attributes: parts, password }), 1));
    expect(response.includes(Buffer.from('000a000470010026', 'hex'))).toBe(true);
  });
});

describe('who proves nothing gets no answer', () => {
  const password = FIRST.localPassword;
  const attributes = [checks.username('local1:remote1'), checks.priority(1), checks.controlling];

  test.each([
    ['no username', { attributes: [checks.priority(1)], password }, 'ice-no-username'],
    ['no integrity', { attributes, password: null }, 'ice-no-integrity'],
    ['a wrong password', { attributes, password: 'wrong' }, 'ice-wrong-integrity'],
    ['the remote password', { attributes, password: FIRST.remotePassword }, 'ice-wrong-integrity'],
    ['an indication', { type: 0x0011, attributes, password }, 'ice-indication'],
    ['a success response', { type: 0x0101, attributes, password }, 'ice-response'],
    ['an error response', { type: 0x0111, attributes, password }, 'ice-response'],
    ['another method', { type: 0x0003, attributes, password }, 'ice-unknown-method'],
  ] as const)('%s', (_, parts, reason) => {
    const bench = new Bench();
    expect(bench.receive(checks.buildMessage(parts), 1)).toEqual({ kind: 'dropped', reason });
    expect(bench.agent.tuples).toEqual([]);
    expect(bench.selected).toBe(NO_TUPLE);
  });

  test('a wrong fingerprint', () => {
    const bench = new Bench();
    const check = checks.buildMessage({ attributes, password });
    check[check.length - 1] = (check[check.length - 1] ?? 0) ^ 1;
    expect(bench.receive(check, 1)).toEqual({ kind: 'dropped', reason: 'stun-wrong-fingerprint' });
    expect(bench.agent.tuples).toEqual([]);
  });

  test.each([
    'local1',
    'local1:',
    'local1:remote',
    'local1:remote11',
    'local2:remote1',
    'local1:REMOTE1',
    'remote1:local1',
  ])('username %j', (username) => {
    const bench = new Bench();
    expect(bench.receive(buildCheck({ username }), 1)).toEqual({
      kind: 'dropped',
      reason: 'ice-wrong-username',
    });
  });
});

describe('a check that comes again', () => {
  test('from its own address is answered alike and changes nothing', () => {
    const bench = new Bench();
    const first = buildCheck({ nominates: true });
    const answer = bench.response(bench.receive(first, 1));
    bench.check(2);
    bench.check(2, { nominates: true });
    const at = bench.now;
    bench.now += 1000;
    const result = bench.receive(first, 1);
    expect(result).toMatchObject({ kind: 'accepted', selectedChanged: false, tupleValidated: false });
    expect(bench.response(result)).toEqual(answer);
    expect(bench.selected).toBe(2);
    expect(bench.agent.lastCheckAt).toBe(at);
  });

  test('from another address is a replay', () => {
    const bench = new Bench();
    const captured = buildCheck({ nominates: true });
    bench.receive(captured, 1);
    expect(bench.receive(captured, 66)).toEqual({ kind: 'dropped', reason: 'ice-replayed' });
    expect(bench.agent.tuples).toEqual([1]);
    expect(bench.selected).toBe(1);
  });

  test('after a restart is of no use any more', () => {
    const bench = new Bench();
    const captured = buildCheck({ nominates: true });
    bench.receive(captured, 1);
    bench.agent.restart(SECOND);
    bench.check(1, { credentials: SECOND });
    expect(bench.receive(captured, 1)).toEqual({ kind: 'dropped', reason: 'ice-wrong-username' });
  });
});

describe('hostile bytes', () => {
  const mutation = fc.record({ place: fc.nat(), value: fc.integer({ min: 1, max: 255 }) });

  test('a mutated check never throws, and is answered only while its integrity holds', () => {
    fc.assert(
      fc.property(
        fc.array(mutation, { minLength: 1, maxLength: 4 }),
        fc.boolean(),
        (mutations, nominates) => {
          const bytes = buildCheck({ nominates });
          for (const { place, value } of mutations)
            bytes[place % bytes.length] = (bytes[place % bytes.length] ?? 0) ^ value;
          const message = new StunMessage();
          if (parseStunMessage(bytes, 0, bytes.length, message) !== null) return;
          const result = new Bench().receive(bytes, 1);
          expect(result.kind === 'dropped' || checks.hasIntegrity(bytes, FIRST.localPassword)).toBe(true);
        },
      ),
      { numRuns: 500 },
    );
  });

  test('attributes at random, without the password, are never answered', () => {
    const attribute = fc.oneof(
      fc.constantFrom(
        checks.username('local1:remote1'),
        checks.useCandidate,
        checks.controlling,
        checks.priority(1),
      ),
      fc.record({
        type: fc.nat(0x7fff).filter((type) => type > 0x30),
        value: fc.uint8Array({ maxLength: 30 }),
      }),
      fc.record({ type: fc.constant(0x0008), value: fc.uint8Array({ minLength: 20, maxLength: 20 }) }),
    );
    fc.assert(
      fc.property(fc.array(attribute, { maxLength: 8 }), (attributes) => {
        const bytes = checks.buildMessage({ attributes, password: null });
        expect(new Bench().receive(bytes, 1).kind).toBe('dropped');
      }),
      { numRuns: 300 },
    );
  });
});
