import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { serviceOfFile } from './service-file.js';

test.each([
  ['', 'engine'],
  ['[rpc]\nport = 7001\n', 'engine'],
  ['[monitor]\nurl = "http://a"\nsecret = "s"\n', 'engine'],
  ['[callback]\nallow-private = true\n', 'engine'],
  ['[monitor]\nsecret = "s"\n', 'monitor'],
  ['[registry]\nredis = ""\n', 'monitor'],
])('%j is for the %s', (toml, service) => {
  const directory = mkdtempSync(join(tmpdir(), 'kraken-doctor-'));
  const file = join(directory, 'config.toml');
  writeFileSync(file, toml);
  expect(serviceOfFile(file)).toBe(service);
  rmSync(directory, { recursive: true });
});

test.each(['engine', 'monitor'])('the example file of the %s is for it', (service) => {
  const file = fileURLToPath(new URL(`../../../../config/${service}.example.toml`, import.meta.url));
  expect(serviceOfFile(file)).toBe(service);
});
