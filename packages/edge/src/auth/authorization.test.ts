import { type Grant, RpcError } from '@kraken/protocol';
import { expect, test } from 'vitest';
import { authorize } from './authorization.js';
import { OPEN_CALLER } from './caller.js';

const PARTICIPANT: Grant = {
  rid: 'r1',
  uid: 'u1',
  name: null,
  publish: true,
  subscribe: true,
  administer: false,
  expiresAt: 2_000_000_000,
  subject: 'u1',
};
const ADMINISTRATOR: Grant = { ...PARTICIPANT, rid: null, uid: null, administer: true };

const PARTICIPANT_METHODS = ['publish', 'resume', 'restart', 'end', 'trickle', 'subscribe', 'answer', 'mute'];

/** @returns the error's name, or null when the call is allowed */
function refusal(grant: Grant, method: string, ...params: unknown[]): string | null {
  try {
    authorize({ kind: 'granted', grant }, method, params);
    return null;
  } catch (error) {
    if (error instanceof RpcError) return error.name;
    throw error;
  }
}

test.each(PARTICIPANT_METHODS)("%s is for the token's own room and user", (method) => {
  expect(refusal(PARTICIPANT, method, 'r1', 'u1', 'c')).toBeNull();
  expect(refusal(PARTICIPANT, method, 'r2', 'u1', 'c')).toBe('NOT_PERMITTED');
  expect(refusal(PARTICIPANT, method, 'r1', 'u2', 'c')).toBe('NOT_PERMITTED');
  expect(refusal(PARTICIPANT, method, ['r1'], 'u1', 'c')).toBe('NOT_PERMITTED');
  expect(refusal(PARTICIPANT, method)).toBe('NOT_PERMITTED');
});

test.each(['list', 'locate'])("%s is for the token's own room", (method) => {
  expect(refusal(PARTICIPANT, method, 'r1')).toBeNull();
  expect(refusal(PARTICIPANT, method, 'r2')).toBe('NOT_PERMITTED');
});

test("turn is for the token's own user, info for every valid token", () => {
  expect(refusal(PARTICIPANT, 'turn', 'u1')).toBeNull();
  expect(refusal(PARTICIPANT, 'turn', 'u2')).toBe('NOT_PERMITTED');
  expect(refusal(PARTICIPANT, 'info')).toBeNull();
});

test('how many of a room are forwarded is for administrators', () => {
  expect(refusal(PARTICIPANT, 'loudest', 'r1', 'u1', 'c', 3)).toBe('NOT_PERMITTED');
  expect(refusal({ ...PARTICIPANT, administer: true }, 'loudest', 'r1', 'u1', 'c', 3)).toBeNull();
  expect(refusal({ ...PARTICIPANT, administer: true }, 'loudest', 'r2', 'u1', 'c', 3)).toBe('NOT_PERMITTED');
});

test.each(['permit', 'silence', 'remove'])(
  '%s is for administrators of the room, whoever it is about',
  (method) => {
    const administrator = { ...PARTICIPANT, administer: true };
    expect(refusal(PARTICIPANT, method, 'r1', 'u1')).toBe('NOT_PERMITTED');
    expect(refusal(PARTICIPANT, method, 'r1', 'u2')).toBe('NOT_PERMITTED');
    expect(refusal(administrator, method, 'r1', 'u1')).toBeNull();
    expect(refusal(administrator, method, 'r1', 'u2')).toBeNull();
    expect(refusal(administrator, method, 'r2', 'u2')).toBe('NOT_PERMITTED');
    expect(refusal(ADMINISTRATOR, method, 'r2', 'u2')).toBeNull();
  },
);

test("an administrator's token without room and user is for all of them", () => {
  for (const method of PARTICIPANT_METHODS) expect(refusal(ADMINISTRATOR, method, 'any', 'body')).toBeNull();
  expect(refusal(ADMINISTRATOR, 'list', 'any')).toBeNull();
  expect(refusal(ADMINISTRATOR, 'turn', 'anybody')).toBeNull();
});

test('without tokens everything is allowed', () => {
  expect(() => authorize(OPEN_CALLER, 'loudest', ['r1', 'u1', 'c', 3])).not.toThrow();
});
