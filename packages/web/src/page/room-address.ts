/**
 * The room in the page's address: `/?room=name`, and `/#name` for those who write links by hand. `/#token=…` brings an access
 * token, behind the number sign because what is there goes to no server.
 */
const PARAMETER = 'room';
const TOKEN_PARAMETER = 'token';

/** @returns the room that the address names, or an empty text */
export function roomIn(address: string): string {
  const url = new URL(address);
  const named = url.searchParams.get(PARAMETER)?.trim() ?? '';
  if (tokenIn(address) !== null) return named;
  return named === '' ? unescaped(url.hash.replace(/^#\/?/, '')).trim() : named;
}

/** @returns the access token that the address brings, or null */
export function tokenIn(address: string): string | null {
  return new URLSearchParams(new URL(address).hash.slice(1)).get(TOKEN_PARAMETER);
}

/** @returns the same address without what is behind the number sign */
export function withoutFragment(address: string): string {
  const url = new URL(address);
  url.hash = '';
  return url.href;
}

/** @returns the address at which others find the room */
export function addressOf(room: string, address: string): string {
  const url = new URL(address);
  url.searchParams.set(PARAMETER, room);
  url.hash = '';
  return url.href;
}

function unescaped(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
