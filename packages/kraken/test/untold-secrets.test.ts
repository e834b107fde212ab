/** Secrets are not told when a configuration is refused, nor left behind when a process crashes. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseConfig as parseEngine } from '@kraken/engine';
import { parseConfig as parseMonitor } from '@kraken/monitor';
import { expect, test } from 'vitest';

const DEPLOY = join(import.meta.dirname, '../../../deploy');

test.each([
  ['[callback]\nsecret = "MARKED"'],
  ['[callback]\nsecret = ["MARKED"]'],
  ['[[callback]]\nsecret = "MARKED"'],
  ['callback = "MARKED"'],
  ['[callback]\nsecret = MARKED'],
  ['[callback]\nsecret = "MARKED'],
  ['[admin]\ntoken = "MARKED"'],
  ['[auth]\nsecret = "MARKED"'],
  ['[auth]\nsecret = ["MARKED"]'],
  ['[[auth]]\nsecret = "MARKED"'],
  ['auth = "MARKED"'],
  ['[[admin]]\ntoken = "MARKED"'],
  ['[[turn]]\nsecret = "MARKED"'],
  ['[turn]\nsecret = { a = "MARKED" }'],
  ['[[monitor]]\nsecret = "MARKED"'],
  ['[monitor]\nsecret = 1\nredis = "redis://a:MARKED@h"'],
  ['[monitor]\nredis = "http://a:MARKED@h"'],
  ['[registry]\nredis = "http://a:MARKED@h"'],
  ['[monitor]\nurl = "ftp://a:MARKED@h"'],
])('a configuration that is refused is not told with its secrets: %s', (toml) => {
  for (const parse of [parseEngine, parseMonitor]) {
    let message = '';
    try {
      parse(toml, 'kraken.toml');
    } catch (error) {
      message = String(error);
    }
    expect(message).toContain('kraken.toml');
    expect(message).not.toContain('MARKED');
  }
});

test('the end of a process leaves no core, which would hold its secrets', () => {
  for (const service of ['engine', 'monitor']) {
    const unit = readFileSync(join(DEPLOY, `systemd/kraken-${service}.service`), 'utf8');
    expect(unit).toMatch(/^LimitCORE=0$/m);
  }
  const compose = readFileSync(join(DEPLOY, 'docker/compose.yml'), 'utf8');
  expect(compose).toMatch(/^ {4}core: 0$/m);
});
