/** What travels between client and server; PROTOCOL.md tells what it means. */
import type { LiveNotifications } from '@kraken/protocol';

export type { LeaveReason, LiveParticipant } from '@kraken/protocol';

/** What the server pushes over a socket, told apart by `method`. */
export type Notification = {
  readonly [Method in keyof LiveNotifications]: {
    readonly method: Method;
    readonly params: LiveNotifications[Method];
  };
}[keyof LiveNotifications];

/** Who is heard on each slot. */
export type Slots = LiveNotifications['slots']['slots'];

export type Departure = LiveNotifications['left'];

export const ROOM_FULL = 5002000;
export const PEER_NOT_FOUND = 5002001;
export const PEER_CLOSED = 5002002;
export const TRACK_NOT_FOUND = 5002003;
/** The server could not apply the client's answer; the state is offered again. */
export const BAD_ANSWER = 5003008;
/** The access token is missing, invalid or expired, or not enough. */
export const FIRST_TOKEN = 5004000;
export const TOKEN_EXPIRED = 5004002;
export const LAST_TOKEN = 5004003;
/** The server takes no more of that for a while. */
export const FIRST_LIMIT = 5005000;
export const LAST_LIMIT = 5005999;
/** A monitor's: it cannot reach the room's engine, or not tell which that is, or no engine takes the room. */
export const FIRST_PASSING = 5003100;
export const LAST_PASSING = 5003106;
export const TIMED_OUT = 5003999;
/** JSON-RPC 2.0, section 5.1. */
export const METHOD_NOT_FOUND = -32601;

/** The server understood the call and refused it. */
export class RpcError extends Error {
  readonly code: number;

  constructor(code: number, description: string) {
    super(`${code}: ${description}`);
    this.code = code;
  }
}

/** The server did not answer, or what answered is no Kraken. */
export class NoAnswerError extends Error {
  constructor(cause: unknown) {
    super('the server does not answer', { cause });
  }
}

/** @returns a member of what may be an object */
export function member(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined;
}

/** @throws NoAnswerError when the answer lacks that text: a proxy may have written it */
export function textOf(answer: unknown, key: string): string {
  const text = member(answer, key);
  if (typeof text !== 'string') throw new NoAnswerError(`the answer has no ${key}`);
  return text;
}

/** @throws RpcError for what the server calls an error, in the form of POST or of JSON-RPC 2.0 */
export function throwRefusal(error: unknown): void {
  if (error === undefined || error === null) return;
  const description = member(error, 'description') ?? member(error, 'message');
  throw new RpcError(Number(member(error, 'code')), String(description));
}
