import { expect, test } from 'vitest';
import { parseCommandLine } from '../command-line.js';
import { TOKEN_USAGE } from './token-options.js';

test('a token is for a room and a user, and may speak and hear for an hour', () => {
  expect(parseCommandLine(['token', '-c', 'engine.toml', '--room', 'r', '--uid', 'u'])).toEqual({
    type: 'token',
    configPath: 'engine.toml',
    claims: { room: 'r', uid: 'u', publish: true, subscribe: true, administer: false },
    lifetime: 3600,
  });
});

test('what it allows, and for how long, can be said', () => {
  const args = ['token', '--administer', '--listen-only', '--name', 'Ann', '--expires-in', '60'];
  expect(parseCommandLine(args)).toEqual({
    type: 'token',
    configPath: null,
    claims: { name: 'Ann', publish: false, subscribe: true, administer: true },
    lifetime: 60,
  });
});

test.each([
  [['--uid', 'u'], 'token needs --room'],
  [['--room', 'r'], 'token needs --uid'],
  [['--room', 'a b', '--uid', 'u'], '--room "a b"'],
  [['--room', 'r', '--uid', 'ü'], '--uid "ü"'],
  [['--administer', '--expires-in', '0'], '--expires-in "0": expected an integer from 1 to 31536000'],
  [['--administer', '--expires-in', 'soon'], '--expires-in "soon"'],
  [['--administer', 'x'], "Unexpected argument 'x'"],
  [['--root'], "Unknown option '--root'"],
])('token %j is unusable', (args, message) => {
  expect(parseCommandLine(['token', ...args])).toMatchObject({
    type: 'unusable',
    message: expect.stringContaining(message),
  });
});

test('token tells its options', () => {
  expect(parseCommandLine(['token', '--help'])).toEqual({ type: 'help', text: TOKEN_USAGE });
});
