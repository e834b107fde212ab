import { expect, test } from 'vitest';
import { parseUrl } from './parse-url.js';

/** So often something is called until V8 has compiled its caller. */
const OFTEN = 100_000;

test('a URL is read', () => {
  expect(parseUrl('https://hook.example/a?b')?.href).toBe('https://hook.example/a?b');
});

test.each(['', 'hook.example', 'https://', 'https://[::', 'http:\xd1\x81'])('%j is none', (text) => {
  expect(parseUrl(text)).toBeNull();
});

test('what is no URL is none however often it has been asked', () => {
  let found = 0;
  for (let i = 0; i < OFTEN; i++) if (parseUrl('http:\xd1\x81') !== null) found++;
  expect(found).toBe(0);
});
