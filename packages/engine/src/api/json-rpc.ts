/** The RPC methods over the control plane: a call in, the body of the response out. */

import { authorize } from '@kraken/edge/auth/authorization';
import { type Caller, permissionsOf } from '@kraken/edge/auth/caller';
import { networkOf } from '@kraken/edge/gate/address';
import type { Call } from '@kraken/edge/http/call-envelope';
import {
  parseNone,
  parsePeer,
  parsePeerAndCandidate,
  parsePeerAndJsep,
  parsePeerAndLoudest,
  parsePeerAndMuted,
  parsePublish,
  parseRoom,
  parseTurnUser,
  parseUser,
  parseUserAndPermissions,
  parseUserAndSilenced,
  type RawParameters,
} from '@kraken/edge/http/call-parameters';
import {
  type EmptyResult,
  type PublishResult,
  RpcError,
  type RpcErrorBody,
  type RpcMethodName,
  type RpcResult,
  type TurnServer,
} from '@kraken/protocol';
import type { JoinOrigin, SessionDescription, Signalling } from '../room/signalling.js';

/** What the methods are answered from. */
export interface RpcBackend {
  readonly signalling: Signalling;
  /** @returns the TURN servers with credentials for this user; empty when none are configured */
  readonly turnServers: (uid: string) => readonly TurnServer[];
}

/** Who makes a call, and which way it came. */
export interface CallSource {
  /** Whether the call is allowed is found out here. */
  readonly caller: Caller;
  /** The address that it comes from; null when that is a program on this machine. */
  readonly client: string | null;
  /** False when a monitor only believes that the engine has the room. */
  readonly opensRooms: boolean;
}

/** Body of a response with HTTP status 200. */
export type ResponseBody =
  | { readonly id?: string | number; readonly data: RpcResult<RpcMethodName> }
  | { readonly id?: string | number; readonly error: RpcErrorBody };

/** How much of an unknown method's name is repeated to the caller, in characters. */
const MAX_ECHOED_METHOD_LENGTH = 64;

/** Those about a room that do not open it. */
const STAYING_METHODS: ReadonlySet<string> = new Set<RpcMethodName>([
  'list',
  'restart',
  'end',
  'trickle',
  'subscribe',
  'answer',
  'mute',
  'loudest',
  'permit',
  'silence',
  'remove',
]);

const EMPTY: EmptyResult = {};
const NOTHING_NEW = { type: 'unknown', sdp: '' } as const;

type Methods = {
  readonly [M in RpcMethodName]: (
    backend: RpcBackend,
    params: RawParameters,
    source: CallSource,
  ) => RpcResult<M>;
};

const METHODS: Methods = {
  turn: ({ turnServers }, params) => turnServers(parseTurnUser(params)),

  info: ({ signalling }, params) => {
    parseNone(params);
    return signalling.info();
  },

  list: ({ signalling }, params) => {
    const rid = parseRoom(params);
    const loudest = signalling.loudest(rid);
    const peers = signalling.list(rid).map(({ uid, cid, speaking }) => ({
      id: uid,
      track: cid,
      ...(speaking ? { speaking } : {}),
    }));
    return { peers, ...(loudest === null ? {} : { loudest }) };
  },

  publish: ({ signalling }, params, { caller, client }) => {
    const { cid, answer } = signalling.publish({
      ...parsePublish(params),
      permissions: permissionsOf(caller),
      origin: originOf(caller, client),
      ...nameOf(caller),
    });
    return { track: cid, sdp: { type: answer.type, sdp: answer.sdp }, jsep: toJsep(answer) };
  },

  restart: ({ signalling }, params) => {
    const { peer, jsep } = parsePeerAndJsep(params);
    return { jsep: toJsep(signalling.restart(peer, jsep)) };
  },

  end: ({ signalling }, params) => {
    signalling.end(parsePeer(params));
    return EMPTY;
  },

  trickle: ({ signalling }, params) => {
    const { peer, candidate } = parsePeerAndCandidate(params);
    signalling.trickle(peer, candidate);
    return EMPTY;
  },

  subscribe: ({ signalling }, params) => {
    const offer = signalling.subscribe(parsePeer(params));
    if (offer === null) return { ...NOTHING_NEW, jsep: JSON.stringify(NOTHING_NEW) };
    return { type: 'offer', sdp: offer.sdp, jsep: toJsep(offer) };
  },

  answer: ({ signalling }, params) => {
    const { peer, jsep } = parsePeerAndJsep(params);
    signalling.answer(peer, jsep);
    return EMPTY;
  },

  mute: ({ signalling }, params) => {
    const { peer, muted } = parsePeerAndMuted(params);
    signalling.mute(peer, muted);
    return EMPTY;
  },

  loudest: ({ signalling }, params) => {
    const { peer, loudest } = parsePeerAndLoudest(params);
    signalling.limit(peer, loudest);
    return EMPTY;
  },

  permit: ({ signalling }, params) => {
    const { user, permissions } = parseUserAndPermissions(params);
    signalling.permit(user, permissions);
    return EMPTY;
  },

  silence: ({ signalling }, params) => {
    const { user, silenced } = parseUserAndSilenced(params);
    signalling.silence(user, silenced);
    return EMPTY;
  },

  remove: ({ signalling }, params) => {
    signalling.remove(parseUser(params));
    return EMPTY;
  },
};

/** @returns whether the engine has a method of this name */
export function isMethod(name: string): name is RpcMethodName {
  return Object.hasOwn(METHODS, name);
}

/**
 * Carries a call out.
 *
 * @param backend what answers it
 * @param call its envelope is sound, nothing else about it is known
 * @returns the body of the response: data, or the error when it is the caller's
 * @throws whatever a method throws that is not an RpcError: a bug
 */
export function answerCall(backend: RpcBackend, call: Call, source: CallSource): ResponseBody {
  const id = call.id === undefined ? {} : { id: call.id };
  try {
    return { ...id, data: carryOut(backend, call, source) };
  } catch (error) {
    if (error instanceof RpcError) return { ...id, error: error.toBody() };
    throw error;
  }
}

/**
 * `publish` by itself, for callers that go on with what it answers.
 *
 * @throws RpcError what is the caller's fault
 */
export function publish(backend: RpcBackend, params: RawParameters, source: CallSource): PublishResult {
  authorize(source.caller, 'publish', params);
  if (!source.opensRooms) requireRoom(backend, params);
  return METHODS.publish(backend, params, source);
}

/** @returns whether the call opens no room, and names one in which nobody is */
export function lacksRoom({ signalling }: RpcBackend, { method, params }: Call): boolean {
  const [rid] = params;
  return STAYING_METHODS.has(method) && typeof rid === 'string' && !signalling.hasRoom(rid);
}

/** @throws RpcError REGISTRY_UNREACHABLE when nobody is in the room */
function requireRoom({ signalling }: RpcBackend, params: RawParameters): void {
  const { rid } = parsePublish(params);
  if (signalling.hasRoom(rid)) return;
  throw new RpcError(
    'REGISTRY_UNREACHABLE',
    'the engine does not have the room, and the registry cannot be asked',
  );
}

/**
 * The same without an envelope.
 *
 * @returns the data
 * @throws RpcError what is the caller's fault
 */
export function carryOut(backend: RpcBackend, call: Call, source: CallSource): RpcResult<RpcMethodName> {
  if (!isMethod(call.method)) {
    const name = call.method.slice(0, MAX_ECHOED_METHOD_LENGTH);
    throw new RpcError('INVALID_PARAMS', `unknown method ${JSON.stringify(name)}`);
  }
  if (call.method === 'publish') return publish(backend, call.params, source);
  authorize(source.caller, call.method, call.params);
  return METHODS[call.method](backend, call.params, source);
}

function nameOf(caller: Caller): { readonly name?: string } {
  return caller.kind === 'open' || caller.grant.name === null ? {} : { name: caller.grant.name };
}

function originOf(caller: Caller, client: string | null): JoinOrigin {
  return {
    address: client === null ? null : networkOf(client),
    subject: caller.kind === 'open' ? null : caller.grant.subject,
  };
}

function toJsep(description: SessionDescription): string {
  return JSON.stringify({ type: description.type, sdp: description.sdp });
}
