import { RPC_ERRORS } from '@kraken/protocol';
import { expect, test } from 'vitest';
import { NotAllowedError, RefusedError, RoomFullError, TokenError, UnreachableError } from './errors.js';
import { callErrorOf, endedBy, isBusy, stateOf, type Verdict, verdictOn } from './recovery.js';
import { NoAnswerError, RpcError } from './signalling/protocol.js';

const VERDICTS: Partial<Record<keyof typeof RPC_ERRORS, Verdict>> = {
  ROOM_FULL: 'room-full',
  PEER_NOT_FOUND: 'rejoin',
  PEER_CLOSED: 'rejoin',
  TRACK_NOT_FOUND: 'displaced',
  TIMEOUT: 'wait',
};

function expected(name: keyof typeof RPC_ERRORS): Verdict {
  const { code } = RPC_ERRORS[name];
  if (code >= 5003100 && code < 5003200) return 'wait';
  if (code >= 5005000) return 'wait';
  if (code < 5002000 || code >= 5004000) return 'refused';
  return VERDICTS[name] ?? 'unclear';
}

function names(): (keyof typeof RPC_ERRORS)[] {
  return Object.keys(RPC_ERRORS).filter((name): name is keyof typeof RPC_ERRORS => name in RPC_ERRORS);
}

test.each(names())('%s of the registry has its verdict', (name) => {
  expect(verdictOn(new RpcError(RPC_ERRORS[name].code, ''))).toBe(expected(name));
});

test('a server that does not answer is waited for, and what failed on this side is unclear', () => {
  expect(verdictOn(new NoAnswerError('timeout'))).toBe('wait');
  expect(verdictOn(new DOMException('closed', 'InvalidStateError'))).toBe('unclear');
});

test.each(['displaced', 'removed', 'room-closed', 'refused'] as const)(
  'closed as %s ends the call',
  (reason) => {
    expect(endedBy(reason)).toBe(reason);
  },
);

test.each(['moved', 'lost', 'shutdown'] as const)('closed as %s makes it join again', (reason) => {
  expect(endedBy(reason)).toBeNull();
});

test('who has ended the call elsewhere has left', () => {
  expect(endedBy('ended')).toBe('left');
});

test('only a server that answers is busy', () => {
  expect(isBusy(new RpcError(5003101, 'learning'))).toBe(true);
  expect(isBusy(new NoAnswerError('timeout'))).toBe(false);
  expect(isBusy(new RpcError(5002000, 'full'))).toBe(false);
});

test('applications get errors of the SDK, whatever went wrong', () => {
  expect(callErrorOf(new NoAnswerError('timeout'))).toBeInstanceOf(UnreachableError);
  expect(callErrorOf(new RpcError(5002000, 'full'))).toBeInstanceOf(RoomFullError);
  expect(callErrorOf(new RpcError(5001000, 'rid is empty'))).toMatchObject({
    code: 'refused',
    message: /rid is empty/,
  });
  expect(callErrorOf(new RpcError(5004002, 'expired'))).toBeInstanceOf(TokenError);
  expect(callErrorOf('odd')).toBeInstanceOf(RefusedError);
  const own = new NotAllowedError();
  expect(callErrorOf(own)).toBe(own);
});

test('without media a call reconnects, and without answers it is unanswered', () => {
  expect([stateOf(true, true), stateOf(true, false), stateOf(false, true), stateOf(false, false)]).toEqual([
    'connected',
    'unanswered',
    'reconnecting',
    'reconnecting',
  ]);
});
