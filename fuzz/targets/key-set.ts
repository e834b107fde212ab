import { isDeepStrictEqual } from 'node:util';
import { KeySet } from '@kraken/edge/auth/key-set';
import { TokenVerifier } from '@kraken/edge/auth/token-verifier';
import { RpcError } from '@kraken/protocol';
import { exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose';
import { pino } from 'pino';
import { type FuzzTarget, promise } from '../target.js';

const ALGORITHMS = ['RS256', 'ES256', 'EdDSA'] as const;
/** s since 1970 */
const FAR_AWAY = 4_000_000_000;
/** TIMEOUT, TOKEN_INVALID. */
const REFUSALS = [5003999, 5004001];
const AUTH = { secret: null, jwks: 'https://issuer.example', issuer: null, audience: null, insecure: false };
/** Stand in an input for the members of the issuer's keys. */
const PLACES = ['$0', '$1', '$2'];

/**
 * Key sets of whoever issues tokens, whatever is in them: no token of others counts, none finds a bug, and a key that is whole
 * is not lost among others that are broken.
 */
export const keySet: FuzzTarget = {
  name: 'key-set',
  maxLength: 600,
  seeds: () =>
    [
      '{"keys":[{$0},{$1},{$2}]}',
      '{"keys":[{$0,"alg":"RS256"},{$1,"use":"sig"},{$2,"key_ops":["verify"],"ext":true}]}',
      '{"keys":[{"kty":"RSA","kid":"RS256","n":"AQAB","e":"AQAB"},{$1,"x":"AA"},{$2}]}',
      '{"keys":[{"kty":"OKP","crv":"Ed25519","x":"AA","key_ops":["sign"]},{"kty":"oct","k":"AAAA"},{$1}]}',
      '{"keys":7}',
    ].map((text) => Buffer.from(text)),
  dictionary: ['"kty":', '"crv":', '"alg":', '"use":', '"kid":', '"key_ops":', ',"x":"AA"', ...PLACES],
  prepare: async () => {
    const issuer = await makeKeys();
    const others = await makeKeys();
    const confused = await new SignJWT(claims())
      .setProtectedHeader({ alg: 'HS256' })
      .sign(Buffer.from(JSON.stringify(issuer.map(({ jwk }) => jwk))));
    return async (input) => {
      const body = PLACES.reduce(
        (text, place, i) => text.replaceAll(place, () => JSON.stringify(issuer[i]?.jwk).slice(1, -1)),
        Buffer.from(input).toString(),
      );
      const fetching = globalThis.fetch;
      Reflect.set(globalThis, 'fetch', async () => new Response(body));
      try {
        const keys = new KeySet({ url: AUTH.jwks, logger: pino({ level: 'silent' }), now: () => 0 });
        const verifier = new TokenVerifier(AUTH, keys, () => Date.now());
        for (const { token } of others)
          promise(!(await counts(verifier, token)), 'no token of others counts');
        promise(!(await counts(verifier, confused)), 'a key is no secret');
        for (const { jwk, token } of issuer) {
          const isCounted = await counts(verifier, token);
          promise(isCounted || !holds(body, jwk), 'what is signed by a key that is whole counts');
        }
      } finally {
        Reflect.set(globalThis, 'fetch', fetching);
      }
    };
  },
};

/** @returns whether the key is in the set as it is, and no other is called the same */
function holds(body: string, jwk: JWK): boolean {
  try {
    const { keys }: { keys?: unknown } = Object(JSON.parse(body));
    if (!Array.isArray(keys) || !keys.every(isObject)) return false;
    const named = keys.filter((key) => Reflect.get(key, 'kid') === jwk.kid);
    return named.length === 1 && isDeepStrictEqual(named[0], jwk);
  } catch {
    return false;
  }
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

interface Issued {
  readonly jwk: JWK;
  readonly token: string;
}

function makeKeys(): Promise<Issued[]> {
  return Promise.all(
    ALGORITHMS.map(async (alg) => {
      const { publicKey, privateKey } = await generateKeyPair(alg);
      const token = await new SignJWT(claims()).setProtectedHeader({ alg, kid: alg }).sign(privateKey);
      return { jwk: { ...(await exportJWK(publicKey)), kid: alg }, token };
    }),
  );
}

function claims() {
  return { room: 'room', uid: 'alice', exp: FAR_AWAY };
}

async function counts(verifier: TokenVerifier, token: string): Promise<boolean> {
  try {
    await verifier.verify(token);
    return true;
  } catch (error) {
    if (!(error instanceof RpcError)) throw error;
    promise(REFUSALS.includes(error.code), 'a token is refused as one');
    return false;
  }
}
