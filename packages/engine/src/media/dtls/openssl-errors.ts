import type { Openssl } from './openssl.js';

/** A peer cannot make OpenSSL queue many errors at once; the bound is there so that the loop has one. */
const MAXIMUM_ERRORS = 16;

/**
 * Empties this thread's error queue.
 * @returns the reasons, oldest first, in one line: OpenSSL's fixed phrases, which hold nothing of keys or packets.
 */
export function takeErrors(openssl: Openssl): string {
  const reasons: string[] = [];
  while (reasons.length < MAXIMUM_ERRORS) {
    const code = openssl.ERR_get_error();
    if (code === 0) break;
    reasons.push(openssl.ERR_reason_error_string(code) ?? `OpenSSL error 0x${code.toString(16)}`);
  }
  openssl.ERR_clear_error();
  return reasons.length === 0 ? 'OpenSSL gives no reason' : reasons.join(', ');
}
