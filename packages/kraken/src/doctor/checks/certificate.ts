/** The certificate of the service's own HTTPS: whether it can be used, for whom it is, and for how long. */
import { X509Certificate } from 'node:crypto';
import { ConfigurationError } from '@kraken/edge/config/configuration-error';
import type { RpcConfig } from '@kraken/edge/config/rpc-config';
import { Certificate } from '@kraken/edge/http/certificate';
import { pino } from 'pino';
import { type Finding, ok, problem, warning } from '../finding.js';

const NAME = 'certificate';
const MS_PER_DAY = 86_400_000;
/** Who renews them by ACME does so a month before the end: with less left nobody has, days. */
const LEAST_DAYS = 14;

/** What of a daemon's configuration is about its certificate. */
export interface CertificateConfig {
  readonly rpc: Pick<RpcConfig, 'tls'>;
  /** Names the configuration in messages. */
  readonly source: string;
}

/** @param now ms since 1970 */
export function checkCertificate({ rpc, source }: CertificateConfig, now = Date.now()): readonly Finding[] {
  if (rpc.tls === null) return [];
  try {
    const { text, expiresAt } = new Certificate(rpc.tls, source, pino({ level: 'silent' }));
    const names = new X509Certificate(text).subjectAltName ?? 'no name';
    const days = Math.floor((expiresAt - now) / MS_PER_DAY);
    const message = `for ${names}, until ${new Date(expiresAt).toISOString()}`;
    const advice = `renew ${rpc.tls.certificate}: it is read anew when it changes`;
    if (days < 0) return [problem(NAME, `${message}: it has expired`, advice)];
    return [days < LEAST_DAYS ? warning(NAME, `${message}: ${days} days`, advice) : ok(NAME, message)];
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    return [problem(NAME, error.message, 'the service does not start with it: correct it')];
  }
}
