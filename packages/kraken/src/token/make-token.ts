/** Makes an access token: `kraken token`. */
import { type AuthConfig, authOf, authSection } from '@kraken/edge/auth/auth-config';
import { signToken } from '@kraken/edge/auth/sign-token';
import { ConfigurationError, describeFault } from '@kraken/edge/config/configuration-error';
import { parseToml, readTomlFile } from '@kraken/edge/config/toml-file';
import { z } from 'zod';
import type { TokenOptions } from './token-options.js';

export interface TokenEnvironment {
  /** In no option, since whoever lists the processes reads those. */
  readonly KRAKEN_AUTH_SECRET?: string | undefined;
}

/** Engine's and monitor's file alike; the service checks the rest when it starts. */
const fileSchema = z.object({ auth: authSection.prefault({}) });
/** Names the environment in messages. */
const ENVIRONMENT = 'KRAKEN_AUTH_SECRET';

/**
 * @param now s since 1970
 * @returns what is printed
 * @throws ConfigurationError
 */
export async function makeToken(
  { configPath, claims, lifetime }: TokenOptions,
  environment: TokenEnvironment,
  now: number,
): Promise<string> {
  const { secret, issuer, audience } = authFrom(configPath, environment);
  if (secret === null) {
    const where = configPath ?? ENVIRONMENT;
    const problem =
      'expected the secret by which tokens are signed: give a configuration (-c) or KRAKEN_AUTH_SECRET';
    throw new ConfigurationError(describeFault(where, 'auth', 'secret', '', problem));
  }
  const expiresAt = now + lifetime;
  return `${await signToken({ claims, secret, issuer, audience, issuedAt: now, expiresAt })}\n`;
}

function authFrom(configPath: string | null, { KRAKEN_AUTH_SECRET }: TokenEnvironment): AuthConfig {
  if (configPath !== null) {
    return authOf(parseToml(readTomlFile(configPath), configPath, fileSchema).auth, configPath);
  }
  const toml = `[auth]\nsecret = ${JSON.stringify(KRAKEN_AUTH_SECRET ?? '')}\n`;
  return authOf(parseToml(toml, ENVIRONMENT, fileSchema).auth, ENVIRONMENT);
}
