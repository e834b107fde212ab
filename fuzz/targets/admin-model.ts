/** Who may see and do what an operator may, once more: by what README.md says, and of the request as it was sent. */
import { type AdminRequest, TOKEN } from './admin-requests.js';

export interface AdminConfiguration {
  readonly hasToken: boolean;
  /** Whether calls have to show access tokens. */
  readonly demandsTokens: boolean;
}

/** What a request is allowed; null where that hangs on how a text is read that no browser sends. */
export interface Allowance {
  readonly page: boolean | null;
  readonly question: boolean | null;
  readonly change: boolean | null;
}

const PROXY_HEADERS = ['forwarded', 'via', 'x-real-ip', 'cf-connecting-ip', 'true-client-ip'];
const SPACE = ' \t';

export function allowanceOf(request: AdminRequest, configuration: AdminConfiguration): Allowance {
  const [site] = valuesOf(request, 'sec-fetch-site');
  const hasOneSite = valuesOf(request, 'sec-fetch-site').length < 2;
  const isSameOrigin = hasOneSite && site === 'same-origin';
  const isOwn = isOfOwnOrigin(request);
  const isCrossSite = !hasOneSite || (site !== undefined && site !== 'same-origin' && site !== 'none');
  const isStranger = configuration.demandsTokens || !isOfThisMachine(request);
  if (!configuration.hasToken) {
    const question = isStranger || isCrossSite ? false : isOwn;
    const page = isStranger ? false : isSameOrigin || isOwn;
    return { page, question, change: both(question, isJson(request)) };
  }
  const showsToken = valuesOf(request, 'authorization')[0] === `Bearer ${TOKEN}`;
  const question = !showsToken || isCrossSite ? false : isSameOrigin || isOwn;
  return { page: isSameOrigin || isOwn, question, change: both(question, isJson(request)) };
}

function both(one: boolean | null, other: boolean | null): boolean | null {
  return one === false || other === false ? false : one === null || other === null ? null : true;
}

/** What stands behind the colon without the space around it, RFC 9112 section 5.1. */
function valuesOf({ headers }: AdminRequest, wanted: string): string[] {
  return headers.flatMap(([name, value]) => (name.toLowerCase() === wanted ? [withoutSpace(value)] : []));
}

function withoutSpace(value: string): string {
  let [start, end] = [0, value.length];
  while (start < end && SPACE.includes(value.charAt(start))) start++;
  while (end > start && SPACE.includes(value.charAt(end - 1))) end--;
  return value.slice(start, end);
}

/** RFC 6454 section 7: one origin, of the host that was asked. */
function isOfOwnOrigin(request: AdminRequest): boolean | null {
  const origins = valuesOf(request, 'origin');
  const [origin] = origins;
  if (origin === undefined) return true;
  const [host = ''] = valuesOf(request, 'host');
  const named = /^https?:\/\/([a-z0-9.:[\]-]+)$/.exec(origin)?.[1];
  if (origins.length > 1 || origin === 'null' || origin === '') return false;
  return named === undefined || !/^[a-z0-9.:[\]-]+$/i.test(host) ? null : named === host.toLowerCase();
}

function isOfThisMachine(request: AdminRequest): boolean {
  const names = request.headers.map(([name]) => name.toLowerCase());
  const isByProxy = names.some((name) => PROXY_HEADERS.includes(name) || name.startsWith('x-forwarded-'));
  const [host = ''] = valuesOf(request, 'host');
  return (
    isLoopback(request.remoteAddress ?? '') && isLoopbackHost(host) && request.version === '1.1' && !isByProxy
  );
}

function isLoopback(address: string): boolean {
  const plain = address.startsWith('::ffff:') ? address.slice('::ffff:'.length) : address;
  const octets = plain.split('.');
  const isIPv4 =
    octets.length === 4 && octets.every((octet) => /^(0|[1-9]\d{0,2})$/.test(octet) && Number(octet) < 256);
  return plain === '::1' || (isIPv4 && octets[0] === '127');
}

function isLoopbackHost(host: string): boolean {
  const port = /:\d+$/.exec(host)?.[0] ?? '';
  const name = host.slice(0, host.length - port.length).toLowerCase();
  return name === 'localhost' || name === '[::1]' || (!name.includes(':') && isLoopback(name));
}

/** Forms of other pages cannot send it. Of parameters other than one of these it is left open whether they are well written. */
function isJson(request: AdminRequest): boolean | null {
  const [type = ''] = valuesOf(request, 'content-type');
  const [essence = '', ...parameters] = type.split(';');
  if (essence.trimEnd().toLowerCase() !== 'application/json') return false;
  return parameters.length === 0 || parameters.join() === ' charset=utf-8' ? true : null;
}
