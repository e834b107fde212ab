/**
 * Checks the parameters of a call by count, type and form, and names the one at fault. What stands inside `jsep`
 * and `candidate` is not looked at here.
 */
import {
  exceedsBytes,
  identifierProblem,
  MAX_IDENTIFIER_BYTES,
  MAX_LOUDEST,
  type Permissions,
  RpcError,
  userIdentifierProblem,
} from '@kraken/protocol';
import { parseUrl } from './parse-url.js';

/** Greatest length of a callback URL, in characters. */
export const MAX_CALLBACK_LENGTH = 2048;

/** Names one participant's connection. */
export interface PeerParameters {
  readonly rid: string;
  readonly uid: string;
  readonly cid: string;
}

export interface PublishParameters {
  readonly rid: string;
  readonly uid: string;
  /** JSON of the offer. */
  readonly jsep: string;
  /** Greatest number of participants in the room, this one included; 0 is no limit. */
  readonly limit: number;
  /** https URL to tell when media first arrives; null for none. */
  readonly callback: string | null;
  /** How many fixed slots the client asks for; 0 for none: then it gets an m-line for each other participant. */
  readonly slots: number;
}

/** Names a participant by its room and uid, whichever connection it has. */
export interface UserParameters {
  readonly rid: string;
  readonly uid: string;
}

/** The parameters of a call, as the client sent them. */
export type RawParameters = readonly unknown[];

const DECIMAL_INTEGER = /^[+-]?\d{1,15}$/;

/** Names the parameters of the calls about one peer. */
const PEER = ['rid', 'uid', 'cid'] as const;
/** Those of the calls about whoever has a uid. */
const USER = ['rid', 'uid'] as const;
/** What may be decided of a participant. */
const PERMISSIONS: readonly string[] = ['publish', 'subscribe'] satisfies (keyof Permissions)[];

/** @throws RpcError INVALID_PARAMS when any parameter is given */
export function parseNone(params: RawParameters): void {
  requireCount(params, []);
}

/** @returns the rid of `list`; @throws RpcError INVALID_PARAMS */
export function parseRoom(params: RawParameters): string {
  requireCount(params, ['rid']);
  return identifier(params, 0, 'rid', identifierProblem);
}

/**
 * The uid of `turn` becomes part of a TURN user name and goes nowhere else, so that any string of bounded length is
 * taken, as in Kraken.
 *
 * @returns the uid
 * @throws RpcError INVALID_PARAMS
 */
export function parseTurnUser(params: RawParameters): string {
  requireCount(params, ['uid']);
  const uid = text(params, 0, 'uid');
  if (exceedsBytes(uid, MAX_IDENTIFIER_BYTES))
    throw invalid('uid', `is longer than ${MAX_IDENTIFIER_BYTES} bytes`);
  return uid;
}

/** @returns the peer that `end` and `subscribe` name; @throws RpcError INVALID_PARAMS */
export function parsePeer(params: RawParameters): PeerParameters {
  requireCount(params, PEER);
  return peerName(params);
}

/** @returns the peer and the JSON text behind it of `restart` and `answer`; @throws RpcError INVALID_PARAMS */
export function parsePeerAndJsep(params: RawParameters): {
  readonly peer: PeerParameters;
  readonly jsep: string;
} {
  requireCount(params, [...PEER, 'jsep']);
  return { peer: peerName(params), jsep: text(params, 3, 'jsep') };
}

/**
 * The end of candidates comes as the JSON text `null` from most clients and as a plain null from some.
 *
 * @returns the peer and the JSON text of the candidate of `trickle`
 * @throws RpcError INVALID_PARAMS
 */
export function parsePeerAndCandidate(params: RawParameters): {
  readonly peer: PeerParameters;
  readonly candidate: string;
} {
  requireCount(params, [...PEER, 'candidate']);
  return { peer: peerName(params), candidate: params[3] === null ? 'null' : text(params, 3, 'candidate') };
}

/** @returns the peer and what `mute` says of it; @throws RpcError INVALID_PARAMS */
export function parsePeerAndMuted(params: RawParameters): {
  readonly peer: PeerParameters;
  readonly muted: boolean;
} {
  requireCount(params, [...PEER, 'muted']);
  const muted = params[3];
  if (typeof muted !== 'boolean') throw invalid('muted', 'is not a boolean');
  return { peer: peerName(params), muted };
}

/** @returns the peer and what `loudest` says of its room; null: as configured; @throws RpcError INVALID_PARAMS */
export function parsePeerAndLoudest(params: RawParameters): {
  readonly peer: PeerParameters;
  readonly loudest: number | null;
} {
  requireCount(params, [...PEER, 'loudest']);
  const loudest = params[3];
  if (loudest !== null && !isIntegerUpTo(loudest, MAX_LOUDEST))
    throw invalid('loudest', `is neither null nor an integer from 0 to ${MAX_LOUDEST}`);
  return { peer: peerName(params), loudest };
}

/** @returns whom `remove` names; @throws RpcError INVALID_PARAMS */
export function parseUser(params: RawParameters): UserParameters {
  requireCount(params, USER);
  return userName(params);
}

/** @returns whom `silence` names, and whether nobody is to hear it; @throws RpcError INVALID_PARAMS */
export function parseUserAndSilenced(params: RawParameters): {
  readonly user: UserParameters;
  readonly silenced: boolean;
} {
  requireCount(params, [...USER, 'silenced']);
  const silenced = params[2];
  if (typeof silenced !== 'boolean') throw invalid('silenced', 'is not a boolean');
  return { user: userName(params), silenced };
}

/** @returns whom `permit` names, and what it may do from here on; @throws RpcError INVALID_PARAMS */
export function parseUserAndPermissions(params: RawParameters): {
  readonly user: UserParameters;
  readonly permissions: Partial<Permissions>;
} {
  requireCount(params, [...USER, 'permissions']);
  return { user: userName(params), permissions: permissions(params[2]) };
}

/** @returns the call `publish`; @throws RpcError INVALID_PARAMS */
export function parsePublish(params: RawParameters): PublishParameters {
  if (params.length < 3)
    throw wrongCount('3 or 5', ['rid', 'uid', 'jsep', 'limit', 'callback'], params.length);
  const options = params.length === 6 ? publishOptions(params[5]) : null;
  const withLimit = params.length === 5 || options !== null;
  return {
    rid: identifier(params, 0, 'rid', identifierProblem),
    uid: identifier(params, 1, 'uid', userIdentifierProblem),
    jsep: text(params, 2, 'jsep'),
    limit: withLimit ? limit(params[3]) : 0,
    callback: withLimit ? callback(text(params, 4, 'callback')) : null,
    slots: slots(options === null ? undefined : options.slots),
  };
}

function peerName(params: RawParameters): PeerParameters {
  return {
    rid: identifier(params, 0, 'rid', identifierProblem),
    uid: identifier(params, 1, 'uid', userIdentifierProblem),
    cid: text(params, 2, 'cid'),
  };
}

function userName(params: RawParameters): UserParameters {
  return {
    rid: identifier(params, 0, 'rid', identifierProblem),
    uid: identifier(params, 1, 'uid', userIdentifierProblem),
  };
}

/** A name that is not known is a mistake that would go unseen: what it should have taken would stay given. */
function permissions(value: unknown): Partial<Permissions> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw invalid('permissions', 'is not an object');
  for (const [name, permitted] of Object.entries(value)) {
    if (!PERMISSIONS.includes(name))
      throw invalid('permissions', 'has a member other than publish and subscribe');
    if (typeof permitted !== 'boolean') throw invalid(`permissions.${name}`, 'is not a boolean');
  }
  return value;
}

/** Kraken reads the limit from its printed form, so that a string of digits counts as well; none is below 1. */
function limit(value: unknown): number {
  const number = typeof value === 'string' && DECIMAL_INTEGER.test(value) ? Number(value) : value;
  if (typeof number !== 'number' || !Number.isSafeInteger(number))
    throw invalid('limit', 'is not an integer');
  return Math.max(0, number);
}

/** A sixth parameter that is no object is one of those that Kraken passes over, together with the two before it. */
function publishOptions(value: unknown): { readonly slots?: unknown } | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : null;
}

/** Who asks for more than there are gets as many as there are. */
function slots(value: unknown = 0): number {
  if (!isIntegerUpTo(value, Number.MAX_SAFE_INTEGER))
    throw invalid('slots', 'is not an integer of 0 or more');
  return value;
}

function isIntegerUpTo(value: unknown, maximum: number): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 && value <= maximum;
}

function callback(value: string): string | null {
  if (value === '') return null;
  if (value.length > MAX_CALLBACK_LENGTH) {
    throw invalid('callback', `is longer than ${MAX_CALLBACK_LENGTH} characters`);
  }
  const url = parseUrl(value);
  if (url === null) throw invalid('callback', 'is not a URL');
  if (url.protocol !== 'https:') throw invalid('callback', 'is not an https URL');
  return value;
}

function identifier(
  params: RawParameters,
  index: number,
  name: string,
  check: typeof identifierProblem,
): string {
  const id = text(params, index, name);
  const problem = check(id);
  if (problem !== null) throw invalid(name, problem);
  return id;
}

function text(params: RawParameters, index: number, name: string): string {
  const value = params[index];
  if (typeof value !== 'string') throw invalid(name, 'is not a string');
  return value;
}

function requireCount(params: RawParameters, names: readonly string[]): void {
  if (params.length !== names.length) throw wrongCount(`${names.length}`, names, params.length);
}

function wrongCount(expected: string, names: readonly string[], count: number): RpcError {
  const missing = names[count];
  const listed = names.length === 0 ? '' : ` (${names.join(', ')})`;
  const fault = missing === undefined ? '' : `, ${missing} is missing`;
  return new RpcError('INVALID_PARAMS', `expected ${expected} params${listed}, got ${count}${fault}`);
}

function invalid(name: string, problem: string): RpcError {
  return new RpcError('INVALID_PARAMS', `${name} ${problem}`);
}
