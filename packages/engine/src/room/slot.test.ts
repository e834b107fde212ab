import { expect, test } from 'vitest';
import { MAX_MISMATCHED_ANSWERS, type Route, Slot } from './slot.js';
import { newPeer } from './testing/new-peer.js';

let lastSsrc = 0;

function routeOf(uid: string): Route {
  const publisher = newPeer({ uid });
  lastSsrc++;
  return { publisher, ssrc: lastSsrc, retransmissionSsrc: 1_000_000 + lastSsrc };
}

/** A slot that the client knows as inactive. */
function freeSlot(): Slot {
  const slot = new Slot();
  slot.settle(false);
  return slot;
}

function offer(slot: Slot, route: Route | null): void {
  if (route === null) {
    slot.clear();
  } else {
    slot.give(route);
  }
  slot.offered();
}

test('a slot that was never negotiated is neither settled nor free', () => {
  const slot = new Slot();
  expect([slot.isNegotiated, slot.isSettled, slot.isFree]).toEqual([false, false, false]);
});

test('what the client accepts is heard', () => {
  const slot = freeSlot();
  const alice = routeOf('alice');
  offer(slot, alice);
  expect(slot.heard).toBeNull();
  slot.answer(true);
  expect([slot.heard, slot.isSettled]).toEqual([alice, true]);
});

test('a route is heard until the client has answered that it is gone', () => {
  const slot = freeSlot();
  const alice = routeOf('alice');
  offer(slot, alice);
  slot.answer(true);
  offer(slot, null);
  expect([slot.heard, slot.isFree]).toEqual([alice, false]);
  slot.answer(false);
  expect([slot.heard, slot.isFree]).toEqual([null, true]);
});

test('a route that was offered, not answered and withdrawn has to be withdrawn from the client too', () => {
  const slot = freeSlot();
  offer(slot, routeOf('alice'));
  offer(slot, null);
  expect([slot.isSettled, slot.isFree]).toEqual([false, false]);
  slot.answer(false);
  expect(slot.isFree).toBe(true);
});

test('a route that the client never saw go may come back', () => {
  const slot = freeSlot();
  const alice = routeOf('alice');
  offer(slot, alice);
  slot.answer(true);
  offer(slot, null);
  expect([slot.canReturnTo(alice), slot.canReturnTo(routeOf('alice'))]).toEqual([true, false]);
  offer(slot, alice);
  slot.answer(true);
  expect(slot.heard).toBe(alice);
});

test('an answer that does not fit is taken for an older one, so the offer is repeated', () => {
  const slot = freeSlot();
  const alice = routeOf('alice');
  offer(slot, alice);
  slot.answer(false);
  expect([slot.isSettled, slot.heard]).toEqual([false, null]);
  slot.answer(true);
  expect([slot.isSettled, slot.heard]).toEqual([true, alice]);
});

test('a client that goes on refusing is left in peace, and may change its mind', () => {
  const slot = freeSlot();
  const alice = routeOf('alice');
  offer(slot, alice);
  for (let answers = 0; answers < MAX_MISMATCHED_ANSWERS; answers++) {
    expect(slot.isSettled).toBe(false);
    slot.answer(false);
  }
  expect([slot.isSettled, slot.heard]).toEqual([true, null]);
  slot.answer(false);
  expect(slot.isSettled).toBe(true);
  slot.answer(true);
  expect(slot.heard).toBe(alice);
});

test('a client that stops hearing a route is taken at its word at once', () => {
  const slot = freeSlot();
  offer(slot, routeOf('alice'));
  slot.answer(true);
  slot.answer(false);
  expect([slot.heard, slot.isSettled]).toEqual([null, false]);
});

test('a client that claims to receive where nothing is sent hears nothing', () => {
  const slot = freeSlot();
  slot.answer(true);
  expect([slot.heard, slot.isFree]).toEqual([null, true]);
});

test('a client that goes on claiming to hear who has left is left in peace', () => {
  const slot = freeSlot();
  offer(slot, routeOf('alice'));
  slot.answer(true);
  offer(slot, null);
  for (let answers = 0; answers < MAX_MISMATCHED_ANSWERS; answers++) {
    expect(slot.isFree).toBe(false);
    slot.answer(true);
  }
  expect([slot.heard, slot.isFree]).toEqual([null, true]);
});
