/**
 * A client's side of one allocation on a TURN server, RFC 8656 section 7: a first request, whose refusal tells realm and
 * nonce; the request with credentials; and in the end a Refresh with lifetime 0. Sans-IO.
 */
import { randomBytes } from 'node:crypto';
import { ERROR_CODE, TRANSACTION_ID_LENGTH } from '@kraken/engine/internal/media/ice/stun-constants';
import {
  type Attribute,
  LIFETIME,
  longTermKey,
  METHOD_ALLOCATE,
  METHOD_REFRESH,
  NONCE,
  parseResponse,
  REALM,
  REQUESTED_TRANSPORT,
  readErrorCode,
  readXorAddress,
  type TurnResponse,
  USERNAME,
  writeRequest,
  XOR_RELAYED_ADDRESS,
} from './turn-message.js';

const UNAUTHORIZED = 401;
const STALE_NONCE = 438;
/** Nonces that may be stale one after another before the server is taken to be at fault. */
const MAX_STALE_NONCES = 2;
/** UDP, the protocol between the server and the peer: RFC 8656 section 18.7. */
const TRANSPORT_UDP = Buffer.of(17, 0, 0, 0);

export interface TurnCredentials {
  readonly username: string;
  readonly credential: string;
}

/** What an answer of the server leads to. */
export type AllocationStep =
  /** No answer to what was asked last. */
  | { readonly kind: 'ignored' }
  | { readonly kind: 'send'; readonly message: Buffer }
  | {
      readonly kind: 'allocated';
      readonly relayed: { readonly address: string; readonly port: number };
      /** Whether the server asked for credentials before. */
      readonly isAuthenticated: boolean;
    }
  | { readonly kind: 'released' }
  /** `hasCredentials` tells whether that was an answer to the request that had them. */
  | {
      readonly kind: 'refused';
      readonly code: number;
      readonly phrase: string;
      readonly hasCredentials: boolean;
    }
  | { readonly kind: 'malformed'; readonly what: string };

interface Challenge {
  readonly realm: Buffer;
  readonly nonce: Buffer;
  readonly key: Buffer;
}

export class Allocation {
  readonly #credentials: TurnCredentials;
  #transactionId = randomBytes(TRANSACTION_ID_LENGTH);
  #challenge: Challenge | null = null;
  #staleNonces = 0;

  constructor(credentials: TurnCredentials) {
    this.#credentials = credentials;
  }

  /** @returns the first request, or again one with the credentials that the server has asked for */
  request(): Buffer {
    return this.#write(METHOD_ALLOCATE, [{ type: REQUESTED_TRANSPORT, value: TRANSPORT_UDP }]);
  }

  /** @returns the request that ends the allocation */
  release(): Buffer {
    return this.#write(METHOD_REFRESH, [{ type: LIFETIME, value: Buffer.alloc(4) }]);
  }

  receive(bytes: Buffer): AllocationStep {
    const response = parseResponse(bytes);
    if (response === null || !response.transactionId.equals(this.#transactionId)) return { kind: 'ignored' };
    if (!response.isSuccess) return this.#refused(response);
    const { attributes, method } = response;
    if (this.#challenge !== null && !response.isProven(this.#challenge.key)) {
      return { kind: 'malformed', what: 'its MESSAGE-INTEGRITY is missing or wrong' };
    }
    if (method === METHOD_REFRESH) return { kind: 'released' };
    const relayed = attributes.get(XOR_RELAYED_ADDRESS);
    if (relayed === undefined || relayed.length < 8) {
      return { kind: 'malformed', what: 'it names no relayed address' };
    }
    return {
      kind: 'allocated',
      relayed: readXorAddress(relayed, this.#transactionId),
      isAuthenticated: this.#challenge !== null,
    };
  }

  #refused({ attributes, method }: TurnResponse): AllocationStep {
    const error = attributes.get(ERROR_CODE);
    if (error === undefined || error.length < 4)
      return { kind: 'malformed', what: 'an error without ERROR-CODE' };
    const { code, phrase } = readErrorCode(error);
    const hasCredentials = this.#challenge !== null;
    const isStale = code === STALE_NONCE && hasCredentials && ++this.#staleNonces <= MAX_STALE_NONCES;
    if (!isStale && (code !== UNAUTHORIZED || hasCredentials))
      return { kind: 'refused', code, phrase, hasCredentials };
    const [realm, nonce] = [attributes.get(REALM), attributes.get(NONCE)];
    if (realm === undefined || nonce === undefined) {
      return {
        kind: 'malformed',
        what: `${code} without REALM and NONCE: it does not use long-term credentials`,
      };
    }
    const { username, credential } = this.#credentials;
    this.#challenge = { realm, nonce, key: longTermKey(username, realm.toString(), credential) };
    return { kind: 'send', message: method === METHOD_REFRESH ? this.release() : this.request() };
  }

  #write(method: number, attributes: readonly Attribute[]): Buffer {
    this.#transactionId = randomBytes(TRANSACTION_ID_LENGTH);
    if (this.#challenge === null) return writeRequest(method, this.#transactionId, attributes, null);
    const { realm, nonce, key } = this.#challenge;
    const own = [
      { type: USERNAME, value: Buffer.from(this.#credentials.username) },
      { type: REALM, value: realm },
      { type: NONCE, value: nonce },
    ];
    return writeRequest(method, this.#transactionId, [...attributes, ...own], key);
  }
}
