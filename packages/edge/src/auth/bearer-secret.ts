/** Who shows a secret as a bearer token, RFC 6750, section 2.1. */
import { createHash, timingSafeEqual } from 'node:crypto';

/**
 * @param secret that has to be shown
 * @returns tells of an Authorization header whether it shows the secret. Digests are compared, so that neither time nor
 *   length tells anything of the secret
 */
export function bearerCheck(secret: string): (header: string | undefined) => boolean {
  const expected = digest(`Bearer ${secret}`);
  return (header) => header !== undefined && timingSafeEqual(digest(header), expected);
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
