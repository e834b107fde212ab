import fc from 'fast-check';
import { afterEach, expect, test, vi } from 'vitest';
import { escapeId, makeUid, nameFromUid, tabId, uidOfToken } from './identity.js';

const ID = '00000000-0000-4000-8000-000000000001';

afterEach(() => vi.unstubAllGlobals());

test("ids are escaped as Go's url.QueryEscape does", () => {
  expect(escapeId("a b/c?d=é&f:~g!h'(i)*-._+%")).toBe(
    'a+b%2Fc%3Fd%3D%C3%A9%26f%3A~g%21h%27%28i%29%2A-._%2B%25',
  );
});

test('a uid is the id, a colon and the name in base64, escaped', () => {
  expect(makeUid(ID, 'Ann')).toBe(`${ID}%3AQW5u`);
  expect(makeUid(ID, 'Bób')).toBe(`${ID}%3AQsOzYg%3D%3D`);
});

test('any name that fits comes back out of its uid', () => {
  const names = fc
    .string({ unit: 'grapheme', minLength: 1, maxLength: 12 })
    .filter((name) => name.trim() !== '' && new TextEncoder().encode(name).length <= 96);
  fc.assert(
    fc.property(names, (name) => {
      expect(nameFromUid(makeUid(ID, name))).toBe(name.trim());
    }),
  );
});

test('an id with colons keeps its name', () => {
  expect(nameFromUid(makeUid('app:user:7', 'Ann'))).toBe('Ann');
});

test('a name of a thousand characters makes a uid that the server takes, and is cut between characters', () => {
  const uid = makeUid(ID, '李'.repeat(1_000));
  expect(uid.length).toBeLessThanOrEqual(256);
  expect(nameFromUid(uid)).toBe('李'.repeat(32));
});

test.each([
  ['alice', 'alice'],
  ['a%20b', 'a b'],
  ['room:bar', 'room:bar'],
  ['%E0%A4%A', '%E0%A4%A'],
  [`${ID}%3A`, 'Guest 0000'],
])('an id of another client, %s, is shown as %s', (uid, name) => {
  expect(nameFromUid(uid)).toBe(name);
});

test('who somebody is by their token is read from it, and nothing from what is none', () => {
  const tokenWith = (claims: unknown) =>
    `e30.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.c2ln`;
  expect(uidOfToken(tokenWith({ uid: 'ann%3AQW5u' }))).toBe('ann%3AQW5u');
  for (const token of [null, '', 'a', 'a.b.c', tokenWith({}), tokenWith({ uid: 7 }), tokenWith(null)]) {
    expect(uidOfToken(token)).toBeNull();
  }
});

test('a tab keeps its id, and a page without storage has one as well', () => {
  const stored = new Map<string, string>();
  vi.stubGlobal('sessionStorage', {
    getItem: (key: string) => stored.get(key) ?? null,
    setItem: (key: string, value: string) => stored.set(key, value),
  });
  const id = tabId();
  expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(tabId()).toBe(id);
  vi.stubGlobal('sessionStorage', undefined);
  expect(tabId()).not.toBe(id);
});
