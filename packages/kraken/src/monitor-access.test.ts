import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigurationError } from '@kraken/edge/config/configuration-error';
import { afterAll, describe, expect, test } from 'vitest';
import { findMonitor } from './monitor-access.js';

const directory = mkdtempSync(join(tmpdir(), 'kraken-access-'));
afterAll(() => rmSync(directory, { recursive: true }));
const path = join(directory, 'kraken.toml');

const NOTHING = { configPath: null, url: null };

function withFile(toml: string) {
  writeFileSync(path, toml);
  return { configPath: path, url: null };
}

test('without any word the monitor is on this machine, and its secret is not known', () => {
  expect(findMonitor(NOTHING, {})).toEqual({ url: 'http://127.0.0.1:7000/', secret: null });
});

describe('a configuration tells monitor and secret', () => {
  test.each([
    [
      'that of an engine where its monitor is',
      '[engine]\nworkers = 1\n[monitor]\nurl = "https://m.example/kraken"\nsecret = "s"\npublic-url = "http://e"\n[rpc]\nport = 7001',
      'https://m.example/kraken/',
    ],
    [
      "the monitor's where it listens",
      '[monitor]\nsecret = "s"\nmax-load = 0.5\n[rpc]\nhost = "10.0.0.1"\nport = 7070',
      'http://10.0.0.1:7070/',
    ],
    ['a monitor that listens everywhere', '[monitor]\nsecret = "s"', 'http://127.0.0.1:7000/'],
    ['an IPv6 address', '[monitor]\nsecret = "s"\n[rpc]\nhost = "fd00::1"', 'http://[fd00::1]:7000/'],
  ])('%s', (_, toml, url) => {
    expect(findMonitor(withFile(toml), {})).toEqual({ url, secret: 's' });
  });
});

test('an option counts more than the environment, and that more than a file', () => {
  const file = withFile('[monitor]\nsecret = "s"');
  const environment = { KRAKEN_MONITOR: 'http://env', KRAKEN_SECRET: 'other' };
  expect(findMonitor(file, environment)).toEqual({ url: 'http://env/', secret: 'other' });
  expect(findMonitor({ ...file, url: 'http://option' }, environment).url).toBe('http://option/');
  expect(findMonitor(file, { KRAKEN_MONITOR: '', KRAKEN_SECRET: '' }).secret).toBe('s');
});

test.each([
  ['[engine]\nworkers = 1', '[monitor] url = "": no monitor is named here: name one with --monitor'],
  ['[monitor]\nurl = "m:7000"', '[monitor] url = "m:7000": expected an http or https URL'],
  ['[rpc]\nport = "x"', '[rpc] port = "x": expected an integer from 0 to 65535'],
])('the file %j is refused in one line', (toml, message) => {
  const source = withFile(toml);
  expect(() => findMonitor(source, {})).toThrow(new ConfigurationError(`${path}: ${message}`));
});

test.each([
  [{ configPath: null, url: 'nowhere' }, {}, '--monitor "nowhere"'],
  [NOTHING, { KRAKEN_MONITOR: 'nowhere' }, 'KRAKEN_MONITOR "nowhere"'],
])('what is no URL is refused: %j %j', (source, environment, origin) => {
  expect(() => findMonitor(source, environment)).toThrow(`${origin}: expected an http or https URL`);
});
