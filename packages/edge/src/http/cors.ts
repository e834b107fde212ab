/**
 * Cross-origin access (WHATWG Fetch, section 3.2): every origin may call, by name, because clients are web apps
 * served from elsewhere. No cookies are in use, so that credentials are not allowed.
 */
import type { IncomingHttpHeaders } from 'node:http';

/** How long a browser may remember the answer to a preflight, in seconds. */
export const PREFLIGHT_MAX_AGE = 600;

export const ALLOWED_HEADERS = 'Content-Type, Authorization, Mixin-Conversation-ID';
export const ALLOWED_METHODS = 'OPTIONS,GET,POST,DELETE';

/**
 * @param headers of the request
 * @returns headers for its response: `Vary` always, since the response depends on `Origin` being there
 */
export function corsHeaders(headers: IncomingHttpHeaders): Readonly<Record<string, string>> {
  const { origin } = headers;
  if (origin === undefined || origin === '') return { vary: 'Origin' };
  return {
    vary: 'Origin',
    'access-control-allow-origin': origin,
    'access-control-allow-headers': ALLOWED_HEADERS,
    'access-control-allow-methods': ALLOWED_METHODS,
    'access-control-max-age': String(PREFLIGHT_MAX_AGE),
  };
}
