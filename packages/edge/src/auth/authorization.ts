/** Which calls an access token allows. */
import { type Grant, RpcError, type RpcMethodName } from '@kraken/protocol';
import type { Caller } from './caller.js';

/** Methods that a daemon may have: an engine's, and what monitors and live sockets have besides. */
export type AuthorizedMethodName = RpcMethodName | 'locate' | 'resume';

/**
 * What a method demands of a token, by the parameters that the method has.
 * - `any`: to be valid.
 * - `user`: to be for the uid, the first parameter.
 * - `room`: to be for the rid, the first parameter.
 * - `participant`: to be for rid and uid, the first two.
 * - `administrator`: the same of who administers.
 * - `moderator`: to be for the rid, the first parameter, and of who administers; whom the call is about is somebody else.
 */
export type Demand = 'any' | 'user' | 'room' | 'participant' | 'administrator' | 'moderator';

const DEMANDS: Readonly<Record<AuthorizedMethodName, Demand>> = {
  turn: 'user',
  info: 'any',
  list: 'room',
  locate: 'room',
  publish: 'participant',
  resume: 'participant',
  restart: 'participant',
  end: 'participant',
  trickle: 'participant',
  subscribe: 'participant',
  answer: 'participant',
  mute: 'participant',
  loudest: 'administrator',
  permit: 'moderator',
  silence: 'moderator',
  remove: 'moderator',
};

/**
 * To be called before a call is carried out. A call that names nothing, or something that is no name, is for nobody.
 *
 * @param caller who calls; one without a token, where tokens are demanded, does not come here
 * @param method may be unknown: whoever carries it out says so
 * @param params unchecked
 * @throws RpcError NOT_PERMITTED
 */
export function authorize(caller: Caller, method: string, params: readonly unknown[]): void {
  if (caller.kind === 'open' || !isAuthorizedMethod(method)) return;
  const { grant } = caller;
  const demand = DEMANDS[method];
  if (demand === 'any') return;
  if ((demand === 'administrator' || demand === 'moderator') && !grant.administer) {
    throw notPermitted('the token does not allow to administer');
  }
  if (demand !== 'user') requireGrantedRoom(grant, params[0]);
  if (demand !== 'room' && demand !== 'moderator')
    requireGrantedUser(grant, params[demand === 'user' ? 0 : 1]);
}

/** @throws RpcError NOT_PERMITTED when the caller's token is for another room */
export function requireRoom(caller: Caller, rid: string): void {
  if (caller.kind === 'granted') requireGrantedRoom(caller.grant, rid);
}

function requireGrantedRoom({ rid }: Grant, value: unknown): void {
  if (rid !== null && rid !== value) throw notPermitted('rid is not the room that the token is for');
}

function requireGrantedUser({ uid }: Grant, value: unknown): void {
  if (uid !== null && uid !== value) throw notPermitted('uid is not the user that the token is for');
}

function notPermitted(description: string): RpcError {
  return new RpcError('NOT_PERMITTED', description);
}

function isAuthorizedMethod(name: string): name is AuthorizedMethodName {
  return Object.hasOwn(DEMANDS, name);
}
