/** Reads what a verified token allows from its claims, RFC 7519 section 4. */
import { type Grant, identifierProblem, RpcError, userIdentifierProblem } from '@kraken/protocol';

/** Of `name` and `sub`, in characters. */
const MAX_TEXT_LENGTH = 256;

export type Claims = Readonly<Record<string, unknown>>;

/**
 * @param claims of a token whose signature and times were found to be good
 * @throws RpcError TOKEN_INVALID that names the claim at fault
 */
export function grantOf(claims: Claims): Grant {
  const administer = flag(claims, 'administer', false);
  const rid = identifier(claims, 'room', identifierProblem, administer);
  const uid = identifier(claims, 'uid', userIdentifierProblem, administer);
  const subject = shortText(claims, 'sub') ?? uid ?? '';
  const { exp } = claims;
  if (typeof exp !== 'number' || !Number.isFinite(exp)) throw invalid('exp', 'is not a number');
  return {
    rid,
    uid,
    name: shortText(claims, 'name'),
    publish: flag(claims, 'publish', true),
    subscribe: flag(claims, 'subscribe', true),
    administer,
    expiresAt: exp,
    subject,
  };
}

/** Only an administrator's token may be without. */
function identifier(
  claims: Claims,
  name: string,
  check: typeof identifierProblem,
  administer: boolean,
): string | null {
  const value = claims[name];
  if (value === undefined) {
    if (administer) return null;
    throw invalid(name, 'is missing');
  }
  if (typeof value !== 'string') throw invalid(name, 'is not a string');
  const problem = check(value);
  if (problem !== null) throw invalid(name, problem);
  return value;
}

function flag(claims: Claims, name: string, otherwise: boolean): boolean {
  const value = claims[name] ?? otherwise;
  if (typeof value !== 'boolean') throw invalid(name, 'is not a boolean');
  return value;
}

function shortText(claims: Claims, name: string): string | null {
  const value = claims[name];
  if (value === undefined) return null;
  if (typeof value !== 'string') throw invalid(name, 'is not a string');
  if (value.length > MAX_TEXT_LENGTH) throw invalid(name, `is longer than ${MAX_TEXT_LENGTH} characters`);
  return value;
}

function invalid(claim: string, problem: string): RpcError {
  return new RpcError('TOKEN_INVALID', `the token's claim ${claim} ${problem}`);
}
