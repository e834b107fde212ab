/** How many fields the header of a request may have: each takes more memory than its octets, on each of many connections. */
import type { IncomingMessage } from 'node:http';

/** Some times as many as browsers and proxies send. Of what is beyond, Node keeps nothing, and tells nobody. */
export const MAX_HEADER_FIELDS = 128;
export const TOO_MANY_FIELDS = `the header has ${MAX_HEADER_FIELDS} fields or more`;

/** The code of what a server's `clientError` tells of such a request. */
export const TOO_MANY_FIELDS_CODE = 'ERR_TOO_MANY_HEADER_FIELDS';

/** @returns whether fields of the request may be missing: what frames it or says who calls can be among them */
export function hasTooManyFields({ rawHeaders }: IncomingMessage): boolean {
  return rawHeaders.length >= 2 * MAX_HEADER_FIELDS;
}
