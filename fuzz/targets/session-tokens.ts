import { signToken } from '@kraken/edge/auth/sign-token';
import { CLOCK_TOLERANCE } from '@kraken/edge/auth/token-verifier';
import type { GrantClaims } from '@kraken/protocol';

export const SECRET = 'a secret of thirty-two octets or more';
/** When trials begin, s since 1970. */
export const EPOCH = 1_700_000_000;

const LONG = 1_000_000;
/** Ends while somebody calls, s. */
const SHORT = 30;

/** A token, and the truth about it. */
export interface KnownToken {
  readonly text: string;
  readonly isSigned: boolean;
  /** s since 1970 */
  readonly expiresAt: number;
  /** Null: any. */
  readonly rid: string | null;
  readonly uid: string | null;
  readonly publish: boolean;
  readonly subscribe: boolean;
  readonly administer: boolean;
}

interface Wanted {
  readonly claims: GrantClaims;
  readonly lifetime?: number;
  readonly secret?: string;
}

const ALICE = { room: 'room', uid: 'alice' };

const WANTED: readonly Wanted[] = [
  { claims: ALICE },
  { claims: { room: 'room', uid: 'bob' } },
  { claims: ALICE, lifetime: SHORT },
  { claims: { room: 'other', uid: 'alice' } },
  { claims: { administer: true } },
  { claims: { ...ALICE, administer: true } },
  { claims: { ...ALICE, publish: false }, lifetime: SHORT },
  { claims: ALICE, secret: 'another secret of thirty-two octets' },
  { claims: ALICE, lifetime: -CLOCK_TOLERANCE },
  { claims: { room: 'room', administer: true, subscribe: false } },
];

/** @returns good ones and bad ones of several users */
export function makeTokens(): Promise<KnownToken[]> {
  return Promise.all(WANTED.map(makeToken));
}

async function makeToken({ claims, lifetime = LONG, secret = SECRET }: Wanted): Promise<KnownToken> {
  const expiresAt = EPOCH + lifetime;
  const request = { claims, secret, issuer: null, audience: null, issuedAt: EPOCH - LONG, expiresAt };
  return {
    text: await signToken(request),
    isSigned: secret === SECRET,
    expiresAt,
    rid: claims.room ?? null,
    uid: claims.uid ?? null,
    publish: claims.publish ?? true,
    subscribe: claims.subscribe ?? true,
    administer: claims.administer ?? false,
  };
}

/** @param now s since 1970 */
export function hasExpired({ expiresAt }: KnownToken, now: number): boolean {
  return expiresAt + CLOCK_TOLERANCE <= now;
}
