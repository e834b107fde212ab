import type { Logger } from 'pino';
import { type AuthConfig, demandsTokens } from './auth-config.js';

/** Tells the operator at the start, where no tokens are demanded, who may do everything. */
export function sayWhoMayCall(auth: AuthConfig, logger: Logger): void {
  if (demandsTokens(auth)) return;
  if (auth.insecure) {
    logger.warn(
      'no access tokens are demanded: whoever reaches the API may do everything ([auth] insecure = true)',
    );
  } else {
    logger.info('no access tokens are demanded: only this machine may call, until [auth] is configured');
  }
}
