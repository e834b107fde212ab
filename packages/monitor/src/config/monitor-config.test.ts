import { readFileSync } from 'node:fs';
import { ConfigurationError } from '@kraken/edge/config/configuration-error';
import { expect, test } from 'vitest';
import { defaultConfig, parseConfig } from './monitor-config.js';

const example = readFileSync(new URL('../../../../config/monitor.example.toml', import.meta.url), 'utf8');

function problem(toml: string): string {
  try {
    parseConfig(toml, 'monitor.toml');
  } catch (error) {
    if (error instanceof ConfigurationError) return error.message;
    throw error;
  }
  return 'accepted';
}

test('the example holds every default, and is refused without a secret', () => {
  expect(problem(example)).toContain('[monitor] secret = ""');
  const filled = example.replace('secret = ""', 'secret = "s"');
  expect(parseConfig(filled, 'x')).toEqual(parseConfig('[monitor]\nsecret = "s"', 'x'));
});

test('there is no default secret', () => {
  expect(defaultConfig).toThrow(
    'default configuration: [monitor] secret = "": expected the secret that is shared with the engines',
  );
});

test('the registry is in memory, or in the Redis that is named', () => {
  const parse = (more: string) => parseConfig(`[monitor]\nsecret = "s"\n${more}`, 'x').redis;
  expect(parse('')).toBeNull();
  expect(parse('[registry]\nredis = "rediss://u:p@redis.example:6380/1"')).toBe(
    'rediss://u:p@redis.example:6380/1',
  );
});

test('regions have others that stand in for them', () => {
  const toml = '[monitor]\nsecret = "s"\nregion = "eu"\n[regions]\neu = ["us", "ap"]';
  expect(parseConfig(toml, 'x')).toMatchObject({ region: 'eu', nearest: { eu: ['us', 'ap'] } });
});

test('new rooms are limited by rate and burst', () => {
  const parse = (more: string) => parseConfig(`[monitor]\nsecret = "s"\n${more}`, 'x').newRooms;
  expect(parse('')).toEqual({ perSecond: 2_000, burst: 10_000 });
  expect(parse('[limits]\nnew-rooms-per-second = 5\nnew-rooms-burst = 7')).toEqual({
    perSecond: 5,
    burst: 7,
  });
});

test.each([
  ['[monitor]\nsecret = 1', 'monitor.toml: [monitor] secret = …: expected a string'],
  ['[monitor]\nmax-load = 2', 'monitor.toml: [monitor] max-load = 2: expected a number above 0, at most 1'],
  ['[monitor]\nmax_load = 0.5', 'monitor.toml: [monitor] max_load: unknown key, did you mean max-load?'],
  ['[regions]\neu = "us"', 'monitor.toml: [regions] eu = "us": expected an array of regions\' names'],
  [
    '[registry]\nredis = "x"',
    'monitor.toml: [registry] redis = "x": expected a URL such as redis://127.0.0.1',
  ],
  [
    '[limits]\nnew-rooms-burst = 0',
    'monitor.toml: [limits] new-rooms-burst = 0: expected an integer from 1 to 1000000',
  ],
  ['[registries]', 'monitor.toml: [registries]: unknown section or key'],
])('%j is refused', (toml, message) => {
  expect(problem(toml)).toContain(message);
});
