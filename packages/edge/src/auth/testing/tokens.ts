/** Access tokens for tests of whatever demands them. */
import type { GrantClaims } from '@kraken/protocol';
import type { AuthConfig } from '../auth-config.js';
import { signToken } from '../sign-token.js';

export const SECRET = 'a secret of thirty-two octets or more';
/** s */
const LIFETIME = 600;

export const OPEN_AUTH: AuthConfig = {
  secret: null,
  jwks: null,
  issuer: null,
  audience: null,
  insecure: false,
};
export const SECRET_AUTH: AuthConfig = { ...OPEN_AUTH, secret: SECRET };

/** @param lifetime s; below zero: the token has expired */
export function tokenOf(claims: GrantClaims, lifetime = LIFETIME, secret = SECRET): Promise<string> {
  const issuedAt = Math.floor(Date.now() / 1000) - LIFETIME;
  const expiresAt = Math.floor(Date.now() / 1000) + lifetime;
  return signToken({ claims, secret, issuer: null, audience: null, issuedAt, expiresAt });
}
