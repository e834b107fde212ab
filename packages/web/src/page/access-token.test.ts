import { afterEach, expect, test, vi } from 'vitest';
import { claimsOf, takeToken } from './access-token.js';

afterEach(() => vi.unstubAllGlobals());

function tokenWith(claims: object): string {
  return `e30.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.c2ln`;
}

test('a token that the address brings leaves it, and is kept for the tab', () => {
  const stored = new Map<string, string>();
  const replaceState = vi.fn();
  vi.stubGlobal('history', { replaceState });
  vi.stubGlobal('sessionStorage', {
    getItem: (key: string) => stored.get(key) ?? null,
    setItem: (key: string, value: string) => stored.set(key, value),
  });
  vi.stubGlobal('location', { href: 'https://k.example/?room=r' });
  expect(takeToken()).toBeNull();
  const token = tokenWith({ room: 'r' });
  vi.stubGlobal('location', { href: `https://k.example/?room=r#token=${token}` });
  expect(takeToken()).toBe(token);
  expect(replaceState).toHaveBeenCalledWith(null, '', 'https://k.example/?room=r');
  vi.stubGlobal('location', { href: 'https://k.example/?room=r' });
  expect(takeToken()).toBe(token);
  vi.stubGlobal('location', { href: 'https://k.example/?room=other' });
  expect(takeToken()).toBeNull();
});

test('room and name of a token are read, whatever they are written in', () => {
  expect(claimsOf(tokenWith({ room: 'blue+reef%21', name: 'Zoë 李', uid: 'zoe' }))).toEqual({
    room: 'blue reef!',
    name: 'Zoë 李',
    uid: 'zoe',
  });
  for (const token of [null, '', 'no token', tokenWith({ room: 7 }), tokenWith([])]) {
    expect(claimsOf(token)).toEqual({ room: '', name: '', uid: '' });
  }
});
