import { expect, test } from 'vitest';
import { endingMessage, failureMessage } from './messages.js';

const FIREFOX = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0';
const CHROME = 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/140.0.0.0 Safari/537.36';
const IPHONE =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Safari/604.1';

test('who has blocked the microphone is told where this browser keeps that', () => {
  const texts = [FIREFOX, CHROME, IPHONE, ''].map(
    (agent) => failureMessage('permission-denied', '', agent).text,
  );
  expect(new Set(texts).size).toBe(4);
  for (const text of texts) expect(text).toContain('Or only listen.');
});

test('the server’s own reason is passed on', () => {
  expect(failureMessage('refused', 'rid is too long', CHROME).text).toContain('rid is too long');
});

test('each end of a call says what to do next', () => {
  expect(endingMessage('displaced').again).toBe('Continue here');
  expect(endingMessage('removed').title).toContain('removed');
});
