/** Who may call: by access tokens, or everybody who is let near. */
import { type AuthConfig, demandsTokens } from '@kraken/edge/auth/auth-config';
import { fetchKeySet, usesOf } from '@kraken/edge/auth/key-set';
import { type Finding, ok, problem, reasonOf, warning } from '../finding.js';

const NAME = 'callers';

/** @param auth the key set that it names is fetched as the service does */
export async function checkCallers(auth: AuthConfig): Promise<readonly Finding[]> {
  if (!demandsTokens(auth)) return [auth.insecure ? everybody() : thisMachine()];
  const bySecret =
    auth.secret === null ? [] : [ok(NAME, 'access tokens are demanded, signed by [auth] secret')];
  return auth.jwks === null ? bySecret : [...bySecret, await checkKeySet(auth.jwks)];
}

function everybody(): Finding {
  const advice = 'set [auth] secret or jwks in its place, unless all who reach the API are trusted';
  return warning(NAME, 'whoever reaches the API may do everything ([auth] insecure = true)', advice);
}

function thisMachine(): Finding {
  const advice = 'for others set [auth] secret or jwks';
  return warning(NAME, 'no access tokens are demanded: only this machine may call', advice);
}

async function checkKeySet(url: string): Promise<Finding> {
  const advice = 'let [auth] jwks be the URL of a JSON Web Key Set with keys of RS256, ES256 or EdDSA';
  try {
    const uses = await usesOf(await fetchKeySet(url));
    const [good, broken] = (['good', 'broken'] as const).map(
      (one) => uses.filter((use) => use === one).length,
    );
    if (good === 0) return problem(NAME, `${url} has no key that access tokens may be signed by`, advice);
    const message = `access tokens are demanded, signed by keys of ${url}: ${good}`;
    if (broken === 0) return ok(NAME, message);
    return warning(NAME, `${message}; ${broken} cannot be used`, 'keys of RSA have 2048 bits at least');
  } catch (error) {
    return problem(NAME, `the keys of access tokens cannot be had from ${url}: ${reasonOf(error)}`, advice);
  }
}
