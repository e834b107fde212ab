import { expect, test } from 'vitest';
import { DEFAULT_CAPACITY } from './capacity.js';
import { PendingJoins } from './pending-joins.js';
import type { JoinOrigin } from './signalling.js';
import { SimulatedClient } from './testing/simulated-client.js';
import { LOCAL_ORIGIN, rpcErrorOf, TestEngine } from './testing/test-engine.js';

const OFFER = new SimulatedClient('sendrecv').offer();

function publish(engine: TestEngine, rid: string, uid: string, origin = LOCAL_ORIGIN) {
  return engine.publish(rid, uid, OFFER, 0, null, 0, undefined, origin);
}

function from(address: string | null, subject: string | null = null): JoinOrigin {
  return { address, subject };
}

test('so many participants may be about to connect, until these are connected or gone', () => {
  const engine = new TestEngine({ capacity: { ...DEFAULT_CAPACITY, pendingJoins: 2 } });
  const { transportId } = publish(engine, 'r1', 'u1');
  const { transportId: another } = publish(engine, 'r2', 'u2');
  expect(rpcErrorOf(() => publish(engine, 'r1', 'u3'))).toBe('TOO_MANY_JOINS');
  engine.tell({ type: 'transport-connected', transportId });
  publish(engine, 'r1', 'u3');
  expect(rpcErrorOf(() => publish(engine, 'r1', 'u4'))).toBe('TOO_MANY_JOINS');
  publish(engine, 'r1', 'u3');
  expect(rpcErrorOf(() => publish(engine, 'r1', 'u4'))).toBe('TOO_MANY_JOINS');
  engine.loseTransport(another);
  publish(engine, 'r1', 'u4');
});

test('one address has so many joins under way and no more, and others still find a place', () => {
  const engine = new TestEngine({ capacity: { ...DEFAULT_CAPACITY, pendingJoinsPerAddress: 3 } });
  const flood = from('192.0.2.1');
  const joined = ['u1', 'u2', 'u3'].map((uid) => publish(engine, 'r', uid, flood));
  for (let join = 0; join < 100; join++) {
    expect(rpcErrorOf(() => publish(engine, `r${join}`, 'u', flood))).toBe('TOO_MANY_JOINS');
  }
  expect(rpcErrorOf(() => publish(engine, 'r', 'newcomer', from('192.0.2.2')))).toBeNull();
  expect(engine.control.joins()).toEqual({ pending: 4, refused: { engine: 0, address: 100, subject: 0 } });
  engine.tell({ type: 'transport-connected', transportId: joined[0]?.transportId ?? 0 });
  expect(rpcErrorOf(() => publish(engine, 'r', 'u4', flood))).toBeNull();
  engine.loseTransport(joined[1]?.transportId ?? 0);
  expect(rpcErrorOf(() => publish(engine, 'r', 'u5', flood))).toBeNull();
  expect(rpcErrorOf(() => publish(engine, 'r', 'u6', flood))).toBe('TOO_MANY_JOINS');
});

test("one token's subject has so many joins under way and no more, wherever they come from", () => {
  const engine = new TestEngine({ capacity: { ...DEFAULT_CAPACITY, pendingJoinsPerSubject: 2 } });
  publish(engine, 'r1', 'u', from('192.0.2.1', 'mallory'));
  publish(engine, 'r2', 'u', from(null, 'mallory'));
  expect(rpcErrorOf(() => publish(engine, 'r3', 'u', from('192.0.2.3', 'mallory')))).toBe('TOO_MANY_JOINS');
  expect(rpcErrorOf(() => publish(engine, 'r3', 'u', from('192.0.2.3', 'alice')))).toBeNull();
  expect(engine.control.joins().refused).toEqual({ engine: 0, address: 0, subject: 1 });
});

test('who is about to connect and comes again takes the same place', () => {
  const capacity = { ...DEFAULT_CAPACITY, pendingJoinsPerAddress: 2, pendingJoinsPerSubject: 1 };
  const engine = new TestEngine({ capacity });
  publish(engine, 'r', 'alice', from('192.0.2.1', 'alice'));
  publish(engine, 'r', 'bob', from('192.0.2.1', 'bob'));
  for (let again = 0; again < 10; again++) publish(engine, 'r', 'alice', from('192.0.2.1', 'alice'));
  // From another address the place of the former one is free.
  publish(engine, 'r', 'alice', from('192.0.2.2', 'alice'));
  publish(engine, 'r', 'carol', from('192.0.2.1', 'carol'));
  expect(rpcErrorOf(() => publish(engine, 'r', 'dave', from('192.0.2.1', 'dave')))).toBe('TOO_MANY_JOINS');
});

test('who is connected comes again when all places of the engine are taken, but not beyond those of its address', () => {
  const capacity = { ...DEFAULT_CAPACITY, pendingJoins: 2, pendingJoinsPerAddress: 2 };
  const engine = new TestEngine({ capacity });
  const there = ['u1', 'u2', 'u3'].map((uid) => {
    const { transportId } = publish(engine, 'r', uid, from('192.0.2.1'));
    engine.tell({ type: 'transport-connected', transportId });
    return uid;
  });
  publish(engine, 'r', 'v1', from('192.0.2.2'));
  publish(engine, 'r', 'v2', from('192.0.2.3'));
  expect(rpcErrorOf(() => publish(engine, 'r', 'v3', from('192.0.2.4')))).toBe('TOO_MANY_JOINS');
  const again = there.map((uid) => rpcErrorOf(() => publish(engine, 'r', uid, from('192.0.2.1'))));
  expect(again).toEqual([null, null, 'TOO_MANY_JOINS']);
});

test('programs on the machine are held to the places of the engine only', () => {
  const capacity = { ...DEFAULT_CAPACITY, pendingJoins: 3, pendingJoinsPerAddress: 1 };
  const engine = new TestEngine({ capacity });
  for (const uid of ['u1', 'u2', 'u3']) publish(engine, 'r', uid, from(null));
  expect(rpcErrorOf(() => publish(engine, 'r', 'u4', from(null)))).toBe('TOO_MANY_JOINS');
});

test('by default an office of a hundred comes back at once, one address takes no more than a part of all places', () => {
  const engine = new TestEngine();
  for (let person = 0; person < 100; person++) {
    const uid = `colleague-${person}`;
    expect(rpcErrorOf(() => publish(engine, 'office', uid, from('192.0.2.1', uid)))).toBeNull();
  }
  expect(DEFAULT_CAPACITY.pendingJoinsPerAddress).toBeLessThan(DEFAULT_CAPACITY.pendingJoins / 10);
  expect(DEFAULT_CAPACITY.pendingJoinsPerSubject).toBeLessThan(DEFAULT_CAPACITY.pendingJoins / 10);
});

test('of addresses and subjects that have no join under way nothing is remembered', () => {
  const joins = new PendingJoins(DEFAULT_CAPACITY);
  for (let join = 0; join < 1_000; join++) {
    const joining = { origin: from(`192.0.2.${join}`, `u${join}`) };
    joins.check(joining.origin, null);
    joins.add(joining);
    joins.remove(joining);
    joins.remove(joining);
  }
  expect(joins.owners).toBe(0);
  expect(joins.figures.pending).toBe(0);
});
