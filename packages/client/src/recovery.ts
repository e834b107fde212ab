/** What to do about trouble: pure, so that the rules can be read and tested in one place. */
import type { CallState, EndedReason } from './api.js';
import { CallError, RefusedError, RoomFullError, TokenError, UnreachableError } from './errors.js';
import {
  FIRST_LIMIT,
  FIRST_PASSING,
  FIRST_TOKEN,
  LAST_LIMIT,
  LAST_PASSING,
  LAST_TOKEN,
  type LeaveReason,
  NoAnswerError,
  PEER_CLOSED,
  PEER_NOT_FOUND,
  ROOM_FULL,
  RpcError,
  TIMED_OUT,
  TRACK_NOT_FOUND,
} from './signalling/protocol.js';

/** `wait`: it passes, and tells nothing of the call. `unclear`: rejoin if it stays. */
export type Verdict = 'wait' | 'rejoin' | 'displaced' | 'room-full' | 'refused' | 'unclear';

const FIRST_INVALID = 5001000;
const LAST_INVALID = 5001999;

/** @param error what a call to the server, or a negotiation, failed with */
export function verdictOn(error: unknown): Verdict {
  if (error instanceof NoAnswerError) return 'wait';
  if (!(error instanceof RpcError)) return 'unclear';
  const { code } = error;
  if (code === ROOM_FULL) return 'room-full';
  if (code === PEER_NOT_FOUND || code === PEER_CLOSED) return 'rejoin';
  if (code === TRACK_NOT_FOUND) return 'displaced';
  if (code === TIMED_OUT || (code >= FIRST_PASSING && code <= LAST_PASSING)) return 'wait';
  if (code >= FIRST_LIMIT && code <= LAST_LIMIT) return 'wait';
  if ((code >= FIRST_INVALID && code <= LAST_INVALID) || isAboutToken(error)) return 'refused';
  return 'unclear';
}

/** @returns why the call is over when the server closed this participant; null to rejoin */
export function endedBy(reason: LeaveReason): EndedReason | null {
  switch (reason) {
    case 'ended':
      return 'left';
    case 'displaced':
    case 'removed':
    case 'room-closed':
    case 'refused':
      return reason;
    default:
      return null;
  }
}

/** Whether a server answers that it cannot yet, and may be asked again. */
export function isBusy(error: unknown): boolean {
  return error instanceof RpcError && verdictOn(error) === 'wait';
}

/** @param error what entering a room failed with @returns what the application is told */
export function callErrorOf(error: unknown): CallError {
  if (error instanceof CallError) return error;
  if (error instanceof NoAnswerError) return new UnreachableError(undefined, error);
  if (verdictOn(error) === 'room-full') return new RoomFullError(error);
  const message = error instanceof Error ? error.message : String(error);
  return isAboutToken(error) ? new TokenError(message, error) : new RefusedError(message, error);
}

function isAboutToken(error: unknown): boolean {
  return error instanceof RpcError && error.code >= FIRST_TOKEN && error.code <= LAST_TOKEN;
}

/** @returns the state of a call that is not over */
export function stateOf(mediaFlows: boolean, serverAnswers: boolean): CallState {
  if (!mediaFlows) return 'reconnecting';
  return serverAnswers ? 'connected' : 'unanswered';
}
