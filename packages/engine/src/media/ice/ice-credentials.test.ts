import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { generateIceCredentials } from './ice-credentials.js';

test('credentials are of the length and the alphabet that RFC 8839 section 5.4 asks for', () => {
  for (let i = 0; i < 200; i++) {
    const { ufrag, password } = generateIceCredentials(randomBytes);
    expect(ufrag).toMatch(/^[A-Za-z0-9+/]{8}$/);
    expect(password).toMatch(/^[A-Za-z0-9+/]{24}$/);
  }
});

test('every character stands for equally many values of a byte', () => {
  const counts = new Map<string, number>();
  for (let byte = 0; byte < 256; byte++) {
    const { ufrag } = generateIceCredentials((count) => new Uint8Array(count).fill(byte));
    counts.set(ufrag.charAt(0), (counts.get(ufrag.charAt(0)) ?? 0) + 1);
  }
  expect(counts.size).toBe(64);
  expect(new Set(counts.values())).toEqual(new Set([4]));
});

test('ufrag and password come from different random bytes', () => {
  let next = 0;
  const { ufrag, password } = generateIceCredentials((count) =>
    Uint8Array.from({ length: count }, () => next++),
  );
  expect(ufrag).toBe('ABCDEFGH');
  expect(password).toBe('IJKLMNOPQRSTUVWXYZabcdef');
});
