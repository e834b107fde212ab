import { createHmac, timingSafeEqual } from 'node:crypto';
import type { AuthConfig } from '@kraken/edge/auth/auth-config';
import { Callers } from '@kraken/edge/auth/callers';
import { CLOCK_TOLERANCE } from '@kraken/edge/auth/token-verifier';
import { type Grant, identifierProblem, RpcError, userIdentifierProblem } from '@kraken/protocol';
import { pino } from 'pino';
import { type FuzzTarget, promise } from '../target.js';

const SECRET = 'a secret of thirty-two octets or more';
const AUTH: AuthConfig = { secret: SECRET, jwks: null, issuer: null, audience: null, insecure: false };
const ISSUER = 'issuer';
const AUDIENCE = 'audience';
/** First octet of an input of which the rest is claims, or a header and claims on two lines: they are signed for it. */
const SIGNED_CLAIMS = 's';
const SIGNED_LINES = 'h';
const HEADER = JSON.stringify({ alg: 'HS256' });
/** s since 1970 */
const FAR_AWAY = 4_000_000_000;
const MAX_TEXT_LENGTH = 256;
/** TOKEN_MISSING, TOKEN_INVALID and TOKEN_EXPIRED. */
const REFUSALS = [5004000, 5004001, 5004002];

/** Access tokens: none counts that the secret did not sign, whatever its header says, and what it grants is what it says. */
export const tokens: FuzzTarget = {
  name: 'tokens',
  maxLength: 1_200,
  seeds,
  prepare: () => {
    const logger = pino({ level: 'silent' });
    const anybodys = new Callers({ auth: AUTH, logger });
    const own = new Callers({ auth: { ...AUTH, issuer: ISSUER, audience: AUDIENCE }, logger });
    return async (input) => {
      const header = authorizationOf(Buffer.from(input).toString());
      const grant = await grantOf(anybodys, header);
      const claims = claimsOf(header);
      const expected = claims === null ? null : expectedGrant(claims);
      promise((grant === null) === (expected === null), 'a token counts if it is signed, in time and whole');
      if (grant !== null && expected !== null)
        for (const [name, value] of Object.entries(expected))
          promise(Object.is(Reflect.get(grant, name), value), `a token grants what it says of ${name}`);
      const isForHere = claims?.iss === ISSUER && [claims.aud].flat().includes(AUDIENCE);
      const ownGrant = await grantOf(own, header);
      promise((ownGrant !== null) === (isForHere && grant !== null), 'a token is for here');
    };
  },
};

type Claims = Readonly<Record<string, unknown>>;

async function grantOf(callers: Callers, header: string): Promise<Grant | null> {
  try {
    const caller = await callers.ofHeader(header);
    if (caller.kind === 'open') throw new Error('broken promise: nobody calls without a token');
    promise(!callers.areOpen, 'tokens are demanded');
    callers.requireUnexpired(caller);
    return caller.grant;
  } catch (error) {
    if (!(error instanceof RpcError)) throw error;
    promise(REFUSALS.includes(error.code), 'a token is refused as one');
    promise(!error.message.includes(SECRET) && !/[\r\n]/.test(error.message), 'a refusal is safe to tell');
    return null;
  }
}

function authorizationOf(text: string): string {
  if (text.startsWith(SIGNED_CLAIMS)) return `Bearer ${sign(HEADER, text.slice(1))}`;
  if (!text.startsWith(SIGNED_LINES)) return text;
  const [header = '', ...payload] = text.slice(1).split('\n');
  return `Bearer ${sign(header, payload.join('\n'))}`;
}

/** @returns the claims of a token that the secret has signed by HS256 and that demands nothing else; null for all others */
function claimsOf(authorization: string): Claims | null {
  const [token = ''] = /^bearer +(\S+) *$/i.exec(authorization)?.slice(1) ?? [];
  const parts = token.split('.');
  const [header = '', payload = '', signature = ''] = parts;
  const expected = createHmac('sha256', SECRET).update(`${header}.${payload}`).digest();
  const found = Buffer.from(signature, 'base64url');
  if (parts.length !== 3 || found.length !== expected.length || !timingSafeEqual(found, expected))
    return null;
  const { alg, crit } = objectOf(header) ?? {};
  return alg === 'HS256' && crit === undefined ? objectOf(payload) : null;
}

function objectOf(part: string): Claims | null {
  try {
    const text = new TextDecoder('utf-8', { fatal: false }).decode(Buffer.from(part, 'base64url'));
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : null;
  } catch {
    return null;
  }
}

/** PROTOCOL.md's table of claims once more. */
function expectedGrant(claims: Claims): Grant | null {
  const {
    room,
    uid,
    name,
    sub,
    exp,
    nbf,
    iat,
    publish = true,
    subscribe = true,
    administer = false,
  } = claims;
  const now = Date.now() / 1_000;
  for (const date of [exp, nbf, iat]) if (date !== undefined && !Number.isFinite(date)) return null;
  if (typeof exp !== 'number' || exp + CLOCK_TOLERANCE <= now) return null;
  if (typeof nbf === 'number' && nbf > now + CLOCK_TOLERANCE) return null;
  if (typeof publish !== 'boolean' || typeof subscribe !== 'boolean' || typeof administer !== 'boolean')
    return null;
  if (!isName(room, identifierProblem, administer) || !isName(uid, userIdentifierProblem, administer))
    return null;
  if (!isShort(name) || !isShort(sub)) return null;
  const [rid = null, ownUid = null] = [room, uid];
  const subject = sub ?? ownUid ?? '';
  return { rid, uid: ownUid, name: name ?? null, publish, subscribe, administer, expiresAt: exp, subject };
}

function isName(
  value: unknown,
  problemOf: (text: string) => string | null,
  administer: boolean,
): value is string | undefined {
  return value === undefined ? administer : typeof value === 'string' && problemOf(value) === null;
}

function isShort(value: unknown): value is string | undefined {
  return value === undefined || (typeof value === 'string' && value.length <= MAX_TEXT_LENGTH);
}

function seeds(): Uint8Array[] {
  const alice = { room: 'room', uid: 'alice', exp: FAR_AWAY };
  const signed = [
    alice,
    { administer: true, exp: FAR_AWAY, sub: 'x', nbf: 1 },
    { ...alice, publish: false, subscribe: true, name: 'Alice', iat: 1, sub: 'x' },
    { ...alice, exp: 1 },
    { ...alice, iss: ISSUER, aud: [AUDIENCE] },
  ].map((claims) => SIGNED_CLAIMS + JSON.stringify(claims));
  const claims = JSON.stringify(alice);
  const headers = ['{"alg":"none"}', '{"alg":"HS512"}', '{"alg":"HS256","crit":["b64"],"b64":false}', HEADER];
  return [
    ...signed,
    ...headers.map((header) => `${SIGNED_LINES}${header}\n${claims}`),
    `Bearer ${sign(HEADER, claims)}`,
    `bearer ${sign('{"alg":"none"}', claims).replace(/[^.]*$/, '')}`,
  ].map((text) => Buffer.from(text));
}

function sign(header: string, payload: string): string {
  const signed = [header, payload].map((part) => Buffer.from(part).toString('base64url')).join('.');
  return `${signed}.${createHmac('sha256', SECRET).update(signed).digest('base64url')}`;
}
