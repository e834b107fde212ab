/** Makes access tokens by the shared secret. */
import { createSecretKey } from 'node:crypto';
import type { GrantClaims } from '@kraken/protocol';
import { SignJWT } from 'jose';

export interface TokenRequest {
  readonly claims: GrantClaims;
  readonly secret: string;
  readonly issuer: string | null;
  readonly audience: string | null;
  /** s since 1970 */
  readonly issuedAt: number;
  /** s since 1970 */
  readonly expiresAt: number;
}

/** @returns a JSON Web Token, signed by HS256 */
export async function signToken(request: TokenRequest): Promise<string> {
  const { claims, secret, issuer, audience, issuedAt, expiresAt } = request;
  const token = new SignJWT({ ...claims })
    .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
    .setIssuedAt(issuedAt)
    .setExpirationTime(expiresAt);
  if (claims.uid !== undefined) token.setSubject(claims.uid);
  if (issuer !== null) token.setIssuer(issuer);
  if (audience !== null) token.setAudience(audience);
  return token.sign(createSecretKey(secret, 'utf8'));
}
