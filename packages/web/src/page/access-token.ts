/** The access token that a link has brought: taken out of the address, and kept for the tab alone. */
import { roomIn, tokenIn, withoutFragment } from './room-address.js';

const KEY = 'kraken.token';

/** What of a token helps to fill the form in. */
export interface TokenClaims {
  readonly room: string;
  readonly name: string;
  readonly uid: string;
}

/** Nobody is to copy the token with the address, nor to find it in the history. @returns null where there is none */
export function takeToken(): string | null {
  const brought = tokenIn(location.href);
  if (brought === null) return keptFor(roomIn(location.href));
  history.replaceState(null, '', withoutFragment(location.href));
  try {
    sessionStorage.setItem(KEY, brought);
  } catch {
    // Storage may be forbidden: then a reload needs the link again.
  }
  return brought;
}

/** Reads what only the server verifies. @returns empty texts for what is not there */
export function claimsOf(token: string | null): TokenClaims {
  try {
    const octets = atob((token?.split('.')[1] ?? '').replace(/-/g, '+').replace(/_/g, '/'));
    const text = new TextDecoder().decode(Uint8Array.from(octets, (octet) => octet.charCodeAt(0)));
    const claims: unknown = JSON.parse(text);
    const room = unescaped(textIn(claims, 'room'));
    return { room, name: textIn(claims, 'name'), uid: textIn(claims, 'uid') };
  } catch {
    return { room: '', name: '', uid: '' };
  }
}

/** One of another room is of no use here. */
function keptFor(room: string): string | null {
  try {
    const token = sessionStorage.getItem(KEY);
    const its = claimsOf(token).room;
    return room === '' || its === '' || its === room ? token : null;
  } catch {
    return null;
  }
}

function textIn(claims: unknown, name: string): string {
  const value = typeof claims === 'object' && claims !== null ? Reflect.get(claims, name) : null;
  return typeof value === 'string' ? value : '';
}

/** Ids are escaped as Go's url.QueryEscape does. */
function unescaped(id: string): string {
  try {
    return decodeURIComponent(id.replace(/\+/g, '%20'));
  } catch {
    return id;
  }
}
