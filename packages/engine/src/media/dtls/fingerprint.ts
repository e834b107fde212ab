import { createHash } from 'node:crypto';
import type { Fingerprint } from '../../contract/messages.js';

/**
 * Fingerprints of certificates, RFC 8122 section 5. Those of MD5, SHA-1 and SHA-224 are not known here: with SHA-1 a
 * second certificate of the same fingerprint can be made.
 */
const FINGERPRINT_ALGORITHMS = new Map([
  ['sha-256', 'sha256'],
  ['sha-384', 'sha384'],
  ['sha-512', 'sha512'],
]);

/** Whether a certificate can be checked against fingerprints of this algorithm; its case does not matter. */
export function isFingerprintAlgorithm(algorithm: string): boolean {
  return FINGERPRINT_ALGORITHMS.has(algorithm.toLowerCase());
}

/**
 * @param certificate DER.
 * @param algorithm `sha-256`, `sha-384` or `sha-512`, in any case.
 * @throws Error when the algorithm is none of these.
 */
export function computeFingerprint(certificate: Uint8Array, algorithm = 'sha-256'): Fingerprint {
  const hash = FINGERPRINT_ALGORITHMS.get(algorithm.toLowerCase());
  if (hash === undefined) throw new Error(`no fingerprints are made with ${algorithm}`);
  const digest = createHash(hash).update(certificate).digest('hex').toUpperCase();
  return { algorithm: algorithm.toLowerCase(), value: digest.replace(/..(?!$)/g, '$&:') };
}

/**
 * Whether the certificate is one of those that the peer announced. Fingerprints of unknown algorithms count for
 * nothing, so a peer that announces no other has no certificate that matches.
 * @param certificate DER.
 */
export function matchesFingerprint(certificate: Uint8Array, fingerprints: readonly Fingerprint[]): boolean {
  return fingerprints.some(
    ({ algorithm, value }) =>
      isFingerprintAlgorithm(algorithm) &&
      computeFingerprint(certificate, algorithm).value === value.toUpperCase(),
  );
}
