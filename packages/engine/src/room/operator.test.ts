import { ALL_PERMISSIONS } from '@kraken/protocol';
import { describe, expect, test } from 'vitest';
import { loadOffer } from '../sdp/fixtures/load.js';
import { MAX_REFUSALS, REFUSAL_LIFETIME_MS, Refusals } from './refusals.js';
import { LOCAL_ORIGIN, rpcErrorOf, TestEngine } from './testing/test-engine.js';

const MICROPHONE = loadOffer('chromium-microphone');

test('the operator sees who is in which room, since when, and how', () => {
  const engine = new TestEngine();
  const { name, transportId } = engine.publish('room', 'alice', MICROPHONE);
  const expected = { uid: 'alice', cid: name.cid, transportId, worker: 0, joinedAt: engine.date };
  expect(engine.control.operator.rooms()).toMatchObject([
    { rid: 'room', participants: [{ ...expected, connected: false, publishing: false }] },
  ]);
  engine.tell({ type: 'transport-connected', transportId });
  engine.startMedia(transportId);
  expect(engine.control.operator.rooms()[0]?.participants).toMatchObject([
    { connected: true, publishing: true, silenced: false },
  ]);
});

test('the operator sees what their tokens say that participants are called', () => {
  const engine = new TestEngine();
  const jsep = JSON.stringify({ type: 'offer', sdp: MICROPHONE });
  const decided = { permissions: ALL_PERMISSIONS, origin: LOCAL_ORIGIN };
  const request = { rid: 'room', jsep, limit: 0, callback: null, slots: 0, ...decided };
  engine.control.publish({ ...request, uid: 'alice', name: 'Alice Liddell' });
  engine.control.publish({ ...request, uid: 'bob' });
  expect(engine.control.operator.rooms()[0]?.participants).toMatchObject([
    { uid: 'alice', name: 'Alice Liddell' },
    { uid: 'bob', name: null },
  ]);
});

test('who is removed gets 5002002 and is kept out with 5002000 for a while; the others stay', () => {
  const engine = new TestEngine();
  const { name } = engine.publish('room', 'alice', MICROPHONE);
  engine.publish('room', 'bob', MICROPHONE);
  expect(engine.control.operator.remove('room', 'alice')).toBe(true);
  expect(rpcErrorOf(() => engine.control.subscribe(name))).toBe('PEER_CLOSED');
  expect(rpcErrorOf(() => engine.publish('room', 'alice', MICROPHONE))).toBe('ROOM_FULL');
  expect(rpcErrorOf(() => engine.publish('other', 'alice', MICROPHONE))).toBeNull();
  expect(engine.control.list('room')).toMatchObject([{ uid: 'bob' }]);
  engine.now += REFUSAL_LIFETIME_MS;
  expect(rpcErrorOf(() => engine.publish('room', 'alice', MICROPHONE))).toBeNull();
});

test('nobody enters a room for a while that the operator has closed', () => {
  const engine = new TestEngine();
  for (const uid of ['alice', 'bob']) engine.publish('room', uid, MICROPHONE);
  expect(engine.control.operator.closeRoom('room')).toBe(true);
  expect(engine.control.list('room')).toEqual([]);
  expect(engine.worker.open.size).toBe(0);
  expect(rpcErrorOf(() => engine.publish('room', 'carol', MICROPHONE))).toBe('ROOM_FULL');
});

test('a silenced uid stays so when it publishes anew or comes again, until the operator ends it', () => {
  const engine = new TestEngine();
  const { transportId } = engine.publish('room', 'alice', MICROPHONE);
  const { publicationId } = engine.publicationOf(transportId) ?? {};
  expect(engine.control.operator.silence('room', 'alice', true)).toBe(true);
  expect(engine.worker.messages.at(-1)).toEqual({
    type: 'silence-publication',
    publicationId,
    silenced: true,
  });
  const again = engine.publish('room', 'alice', MICROPHONE);
  const { publicationId: next } = engine.publicationOf(again.transportId) ?? {};
  expect(engine.worker.messages).toContainEqual({
    type: 'silence-publication',
    publicationId: next,
    silenced: true,
  });
  engine.control.operator.silence('room', 'alice', false);
  expect(engine.worker.messages.at(-1)).toMatchObject({ publicationId: next, silenced: false });
});

test('what is not there cannot be operated on', () => {
  const { control } = new TestEngine();
  expect(control.operator.closeRoom('room')).toBe(false);
  expect(control.operator.remove('room', 'alice')).toBe(false);
  expect(control.operator.silence('room', 'alice', true)).toBe(false);
});

test('of ever new refusals the oldest are forgotten', () => {
  const refusals = new Refusals();
  for (let index = 0; index <= MAX_REFUSALS; index++) refusals.remember('room', `u${index}`, 0);
  expect(refusals.has('room', 'u0', 1)).toBe(false);
  expect(refusals.has('room', 'u1', 1)).toBe(true);
});

describe('permissions', () => {
  const LISTEN_ONLY = { publish: false, subscribe: true };

  test('a participant has those that it comes with, in the worker from its first message on', () => {
    const engine = new TestEngine();
    const { transportId } = engine.publish('room', 'alice', MICROPHONE, 0, null, 0, LISTEN_ONLY);
    expect(engine.worker.open.get(transportId)?.permissions).toEqual(LISTEN_ONLY);
    expect(engine.control.operator.rooms()[0]?.participants[0]?.permissions).toEqual(LISTEN_ONLY);
  });

  test('what is decided reaches the worker once, and leaves alone what it does not name', () => {
    const engine = new TestEngine();
    const { transportId } = engine.publish('room', 'alice', MICROPHONE, 0, null, 0, LISTEN_ONLY);
    for (let i = 0; i < 2; i++) engine.control.permit({ rid: 'room', uid: 'alice' }, { publish: true });
    engine.control.permit({ rid: 'room', uid: 'alice' }, {});
    const permissions = { publish: true, subscribe: true };
    expect(engine.worker.messages.filter(({ type }) => type === 'permit-transport')).toEqual([
      { type: 'permit-transport', transportId, permissions },
    ]);
  });

  test('what was decided goes before what the uid comes with the next time, until the room is over', () => {
    const engine = new TestEngine();
    engine.publish('room', 'bob', MICROPHONE);
    engine.publish('room', 'alice', MICROPHONE);
    engine.control.permit({ rid: 'room', uid: 'alice' }, { publish: false });
    const displacing = engine.publish('room', 'alice', MICROPHONE);
    expect(engine.worker.open.get(displacing.transportId)?.permissions).toEqual(LISTEN_ONLY);
    engine.control.end(displacing.name);
    const again = engine.publish('room', 'alice', MICROPHONE);
    expect(engine.worker.open.get(again.transportId)?.permissions).toEqual(LISTEN_ONLY);
    engine.control.closeAll();
    const anew = engine.publish('room', 'alice', MICROPHONE);
    expect(engine.worker.open.get(anew.transportId)?.permissions.publish).toBe(true);
  });

  test('who may not hear the others is offered none, and loses those that it had', () => {
    const engine = new TestEngine();
    const { transportId } = engine.publish('room', 'alice', MICROPHONE);
    const { name } = engine.publish('room', 'bob', MICROPHONE, 0, null, 0, {
      publish: true,
      subscribe: false,
    });
    engine.startMedia(transportId);
    expect(engine.control.subscribe(name)).toBeNull();
    engine.control.permit(name, { subscribe: true });
    expect(engine.control.subscribe(name)?.sdp).toContain('a=msid:alice ');
    engine.control.permit(name, { subscribe: false });
    expect(engine.control.subscribe(name)?.sdp ?? '').not.toContain('a=msid:alice ');
  });

  test('of who is not there nothing can be decided', () => {
    const { control } = new TestEngine();
    const nobody = { rid: 'room', uid: 'alice' };
    expect(rpcErrorOf(() => control.permit(nobody, { publish: true }))).toBe('PEER_NOT_FOUND');
    expect(rpcErrorOf(() => control.silence(nobody, true))).toBe('PEER_NOT_FOUND');
    expect(rpcErrorOf(() => control.remove(nobody))).toBe('PEER_NOT_FOUND');
  });
});
