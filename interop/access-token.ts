import { createHmac } from 'node:crypto';

/** What it says, RFC 7519. */
export interface AccessClaims {
  readonly room?: string;
  readonly uid?: string;
  readonly name?: string;
  readonly publish?: boolean;
  readonly subscribe?: boolean;
  readonly administer?: boolean;
  /** Whom calls are counted for. */
  readonly sub?: string;
}

const LIFETIME_SECONDS = 600;

/** Makes an access token by code of its own, HS256. */
export function accessToken(secret: string, claims: AccessClaims, lifetime = LIFETIME_SECONDS): string {
  const exp = Math.floor(Date.now() / 1000) + lifetime;
  const signed = [
    { alg: 'HS256', typ: 'JWT' },
    { ...claims, exp },
  ]
    .map(encode)
    .join('.');
  return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`;
}

function encode(part: object): string {
  return Buffer.from(JSON.stringify(part)).toString('base64url');
}
