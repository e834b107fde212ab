import type { IceCredentials } from '../../contract/messages.js';
import { TokenBucket } from '../token-bucket.js';
import type { MappedAddress } from './mapped-address.js';
import { type HmacSha1, hasValidIntegrity } from './message-integrity.js';
import { CLASS_INDICATION, CLASS_REQUEST, METHOD_BINDING } from './stun-constants.js';
import { ABSENT, hasRightFingerprint, type StunDropReason, type StunMessage } from './stun-message.js';
import { type StunErrorCode, writeBindingError, writeBindingSuccess } from './stun-writer.js';
import { NOT_FOUND, TransactionHistory } from './transaction-history.js';
import { type Tuple, type ValidatedTuple, ValidatedTuples } from './validated-tuples.js';

/** Milliseconds without a valid check after which the peer is taken to be gone, RFC 7675 section 5.1. */
export const CONSENT_TIMEOUT = 30_000;
/**
 * Milliseconds without a check on the selected tuple after which any other one that gets a check takes its place.
 * A peer checks it every 6 s at the latest (RFC 7675 section 5.1).
 */
export const SELECTED_TUPLE_SILENCE = 8_000;
/** Milliseconds in which a peer that nominates aggressively is taken to be still trying all of its pairs. */
export const AGGRESSIVE_NOMINATION_WINDOW = 5_000;
/** The selected tuple while there is none. */
export const NO_TUPLE = -1;

/**
 * Checks per second that are answered, and those of them that were sent before: browsers send some twenty per second while
 * they connect, and one each two seconds then. An answer costs more than to forward a packet.
 */
export const CHECKS_PER_SECOND = 100;
export const CHECK_BURST = 200;

export const ICE_DROP_REASONS = [
  /** Keep-alives; nothing is wrong with them. */
  'ice-indication',
  /** A lite agent sends no requests that could be answered. */
  'ice-response',
  'ice-unknown-method',
  'ice-no-username',
  'ice-no-integrity',
  /** Neither the ufrags of now nor those from before the latest restart. */
  'ice-wrong-username',
  'ice-wrong-integrity',
  /** A copy of a check that had come from another address. */
  'ice-replayed',
  /** More checks than any peer needs. */
  'ice-too-frequent',
] as const;

export type IceDropReason = (typeof ICE_DROP_REASONS)[number];

export interface CheckAccepted {
  readonly kind: 'accepted';
  /** Bytes of the success response in the output. */
  readonly responseLength: number;
  /** The tuple is new to this agent: packets from it are to be taken from now on. */
  readonly tupleValidated: boolean;
  /** `selectedTuple` is another one than before. */
  readonly selectedChanged: boolean;
  /** A tuple that had to make room: packets from it are to be taken no more. */
  readonly evictedTuple: Tuple | null;
  /** A local ufrag from before a restart that is now good for nothing. */
  readonly retiredUfrag: string | null;
}

export type CheckResult =
  | CheckAccepted
  /** The peer is who it says, but made a mistake that the error response in the output tells it of. */
  | { readonly kind: 'refused'; readonly responseLength: number; readonly errorCode: StunErrorCode }
  /** Nothing is answered: the sender has proved nothing, so it neither learns anything nor has packets sent. */
  | { readonly kind: 'dropped'; readonly reason: IceDropReason | StunDropReason };

interface Credentials {
  readonly generation: number;
  readonly localUfrag: string;
  /** `<local ufrag>:<remote ufrag>`, as the peer has to write it. */
  readonly username: Uint8Array;
  /** The local password. */
  readonly key: Uint8Array;
}

const encoder = new TextEncoder();

/**
 * A lite agent (RFC 8445 sections 2.5, 6.1.1 and 7.3): it waits for the peer's connectivity checks, answers them and
 * learns from them where the peer is. It is always the controlled one.
 *
 * A check is valid whatever address it comes from; that address becomes a validated tuple, over which DTLS and
 * media are taken. Of these one is selected, to which everything is sent:
 * - the first one validated, until there is a better reason;
 * - the one nominated last (USE-CANDIDATE). Browsers nominate regularly and nominate another pair when they move
 *   over to it, so the latest nomination counts. A peer that nominates aggressively (RFC 5245 section 8.1.1.2)
 *   means the pair of highest priority instead; it is told by the very first check of a tuple nominating it;
 * - any one with a fresh check, when the selected one has had none for SELECTED_TUPLE_SILENCE.
 */
export class IceLiteAgent {
  readonly #hmac: HmacSha1;
  readonly #tuples = new ValidatedTuples();
  readonly #history = new TransactionHistory();
  /** Copies have an allowance of their own, since anybody can send them who has seen a check. */
  readonly #allowance = new TokenBucket(CHECKS_PER_SECOND, CHECK_BURST);
  readonly #repeatAllowance = new TokenBucket(CHECKS_PER_SECOND, CHECK_BURST);
  #current: Credentials;
  /** Those from before a restart, until the first valid check with the current ones. */
  #previous: Credentials | null = null;
  #selected: ValidatedTuple | null = null;
  #lastCheckAt: number | null = null;

  constructor(credentials: IceCredentials, hmac: HmacSha1) {
    this.#hmac = hmac;
    this.#current = prepare(credentials, 0);
  }

  /** The local ufrags by which requests for this agent are told: one, or two while a restart is under way. */
  get localUfrags(): readonly string[] {
    const current = this.#current.localUfrag;
    return this.#previous === null ? [current] : [current, this.#previous.localUfrag];
  }

  /** Where to send, or NO_TUPLE. */
  get selectedTuple(): Tuple {
    return this.#selected === null ? NO_TUPLE : this.#selected.tuple;
  }

  /** All validated tuples, the selected one included. */
  get tuples(): readonly Tuple[] {
    return this.#tuples.tuples;
  }

  /** Time of the latest valid check, or null before the first one. */
  get lastCheckAt(): number | null {
    return this.#lastCheckAt;
  }

  /** @returns whether checks had begun and then stopped; before the first one the caller's own time limit counts */
  isExpired(now: number): boolean {
    return now >= this.expiresAt;
  }

  /** When consent runs out unless another check comes, ms; infinite before the first one. */
  get expiresAt(): number {
    return this.#lastCheckAt === null ? Number.POSITIVE_INFINITY : this.#lastCheckAt + CONSENT_TIMEOUT;
  }

  /**
   * @param tuple of this agent
   * @param now ms
   * @returns whether the peer has been there of late, so that nobody else can be
   */
  holds(tuple: Tuple, now: number): boolean {
    const entry = this.#tuples.find(tuple);
    return entry !== null && now - entry.lastCheckAt < SELECTED_TUPLE_SILENCE;
  }

  /**
   * Restarts ICE (RFC 8445 section 9). The tuples stay, so media goes on; the old credentials too, until a check
   * shows that the peer has the new ones.
   * @returns a local ufrag that is good for nothing from now on: that of a restart which the peer never took up
   */
  restart(credentials: IceCredentials): string | null {
    const replaced = this.#current;
    this.#current = prepare(credentials, replaced.generation + 1);
    if (this.#previous !== null) return replaced.localUfrag;
    this.#previous = replaced;
    return null;
  }

  /**
   * Forgets a tuple, since its TCP connection is closed or its address belongs to another agent by now.
   * @returns whether `selectedTuple` is another one than before
   */
  removeTuple(tuple: Tuple): boolean {
    const entry = this.#tuples.find(tuple);
    if (entry === null) return false;
    this.#tuples.remove(entry);
    if (entry !== this.#selected) return false;
    this.#selected = this.#tuples.best();
    return true;
  }

  /**
   * Handles a STUN message that carries this agent's ufrag.
   *
   * @param message as parsed from `bytes`
   * @param tuple names the socket and the remote address
   * @param source the remote address
   * @param now milliseconds on any clock that does not go back
   * @param output receives the response at `outputOffset`, where MAX_RESPONSE_LENGTH bytes have to be free
   * @throws RangeError when the output has no room
   */
  handleRequest(
    message: StunMessage,
    bytes: Uint8Array,
    tuple: Tuple,
    source: MappedAddress,
    now: number,
    output: Uint8Array,
    outputOffset: number,
  ): CheckResult {
    const unanswerable = findUnanswerable(message);
    if (unanswerable !== null) return { kind: 'dropped', reason: unanswerable };
    const credentials = this.#findCredentials(message, bytes);
    if (credentials === null) return { kind: 'dropped', reason: 'ice-wrong-username' };
    const { key } = credentials;
    if (!hasValidIntegrity(message, bytes, key, this.#hmac))
      return { kind: 'dropped', reason: 'ice-wrong-integrity' };
    if (!hasRightFingerprint(message, bytes)) return { kind: 'dropped', reason: 'stun-wrong-fingerprint' };
    const earlierTuple = this.#history.find(bytes, message.transactionIdOffset);
    if (earlierTuple !== NOT_FOUND && earlierTuple !== tuple)
      return { kind: 'dropped', reason: 'ice-replayed' };
    const allowance = earlierTuple === NOT_FOUND ? this.#allowance : this.#repeatAllowance;
    if (!allowance.take(now)) return { kind: 'dropped', reason: 'ice-too-frequent' };
    const errorCode = findError(message);
    if (errorCode !== null) {
      const length = writeBindingError(message, bytes, errorCode, key, this.#hmac, output, outputOffset);
      return { kind: 'refused', responseLength: length, errorCode };
    }
    const responseLength = writeBindingSuccess(message, bytes, source, key, this.#hmac, output, outputOffset);
    // Sent again, since our answer was lost or is late: it tells nothing about where the peer is now.
    if (earlierTuple === tuple) return repeated(responseLength);
    this.#history.add(bytes, message.transactionIdOffset, tuple);
    return this.#accept(message, credentials, tuple, now, responseLength);
  }

  #findCredentials(message: StunMessage, bytes: Uint8Array): Credentials | null {
    if (isUsername(message, bytes, this.#current.username)) return this.#current;
    if (this.#previous !== null && isUsername(message, bytes, this.#previous.username)) return this.#previous;
    return null;
  }

  #accept(
    message: StunMessage,
    credentials: Credentials,
    tuple: Tuple,
    now: number,
    responseLength: number,
  ): CheckAccepted {
    const retired = credentials === this.#current ? this.#previous : null;
    if (retired !== null) this.#previous = null;
    this.#lastCheckAt = now;
    let entry = this.#tuples.find(tuple);
    let evictedTuple: Tuple | null = null;
    const tupleValidated = entry === null;
    if (entry === null) {
      entry = newEntry(message, credentials.generation, tuple, now);
      evictedTuple = this.#tuples.add(entry, this.#selected);
    } else {
      refresh(entry, message, credentials.generation, now);
    }
    const selectedChanged = this.#selected !== entry && this.#shouldSelect(entry, message.useCandidate, now);
    if (selectedChanged) this.#selected = entry;
    const retiredUfrag = retired === null ? null : retired.localUfrag;
    return { kind: 'accepted', responseLength, tupleValidated, selectedChanged, evictedTuple, retiredUfrag };
  }

  #shouldSelect(entry: ValidatedTuple, nominates: boolean, now: number): boolean {
    const selected = this.#selected;
    if (selected === null || now - selected.lastCheckAt >= SELECTED_TUPLE_SILENCE) return true;
    if (!nominates) return false;
    const bothAtOnce =
      selected.generation === entry.generation && selected.nominatedAtOnce && entry.nominatedAtOnce;
    const stillTrying = now - selected.validatedAt < AGGRESSIVE_NOMINATION_WINDOW;
    // Equal priorities: the same pair under a new address, which a NAT has given it.
    return !(bothAtOnce && stillTrying && entry.priority < selected.priority);
  }
}

function prepare(credentials: IceCredentials, generation: number): Credentials {
  const { localUfrag, localPassword, remoteUfrag } = credentials;
  const username = encoder.encode(`${localUfrag}:${remoteUfrag}`);
  return { generation, localUfrag, username, key: encoder.encode(localPassword) };
}

function newEntry(message: StunMessage, generation: number, tuple: Tuple, now: number): ValidatedTuple {
  return {
    tuple,
    generation,
    validatedAt: now,
    lastCheckAt: now,
    priority: message.priority,
    nominated: message.useCandidate,
    nominatedAtOnce: message.useCandidate,
  };
}

function refresh(entry: ValidatedTuple, message: StunMessage, generation: number, now: number): void {
  if (entry.generation !== generation) {
    entry.generation = generation;
    entry.validatedAt = now;
    entry.nominated = false;
    entry.nominatedAtOnce = message.useCandidate;
  }
  entry.lastCheckAt = now;
  entry.priority = message.priority;
  if (message.useCandidate) entry.nominated = true;
}

function repeated(responseLength: number): CheckAccepted {
  return {
    kind: 'accepted',
    responseLength,
    tupleValidated: false,
    selectedChanged: false,
    evictedTuple: null,
    retiredUfrag: null,
  };
}

function findUnanswerable(message: StunMessage): IceDropReason | null {
  if (message.method !== METHOD_BINDING) return 'ice-unknown-method';
  if (message.messageClass === CLASS_INDICATION) return 'ice-indication';
  if (message.messageClass !== CLASS_REQUEST) return 'ice-response';
  if (message.usernameOffset === ABSENT) return 'ice-no-username';
  if (message.integrityOffset === ABSENT) return 'ice-no-integrity';
  return null;
}

/** What is wrong with a request whose sender is known to be the peer. */
function findError(message: StunMessage): StunErrorCode | null {
  // RFC 8489 section 6.3.1.
  if (message.unknownCount > 0) return 420;
  // RFC 8445 section 7.1.1: PRIORITY is in every check, and the peer has one role. Naming none is for it to know:
  // a peer that does so is older than roles, and cannot be in conflict.
  if (message.priority === ABSENT) return 400;
  if (message.controlledOffset === ABSENT) return null;
  if (message.controllingOffset !== ABSENT) return 400;
  // RFC 8445 sections 6.1.1 and 7.3.1.1: beside a lite agent the peer controls, whatever the tie-breakers say.
  return 487;
}

function isUsername(message: StunMessage, bytes: Uint8Array, username: Uint8Array): boolean {
  if (message.usernameLength !== username.length) return false;
  for (let i = 0; i < username.length; i++) {
    if (bytes[message.usernameOffset + i] !== username[i]) return false;
  }
  return true;
}
