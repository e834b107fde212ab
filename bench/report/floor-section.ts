/** The report's part on the physical floor. */
import { FLOOR_VARIANTS } from '../native/floor.js';
import { floorOf } from './figures.js';
import { spread, table } from './markdown.js';
import type { BenchResults } from './results.js';
import type { Section } from './section.js';

const VARIANT_NAMES = {
  floor: 'as an SFU has to',
  'without encryption': 'without encryption',
  gathered: 'gathered for 1 ms, one UDP GSO message per subscriber',
} as const;

export function floorSection(results: BenchResults): Section | null {
  const { floor, scenarios } = results;
  if (floor.length === 0) return null;
  const variants = FLOOR_VARIANTS.filter(({ name }) => floor.some(({ variant }) => variant === name));
  const isEncrypted = floor.every(({ variant, result }) => variant === 'without encryption' || result.crypto);
  const rows = scenarios
    .filter(({ name }) => floorOf(results, name) !== null)
    .map(({ name }) => [name, ...variants.map((variant) => spread(floorOf(results, name, variant.name)))]);
  const head = ['µs per packet out', ...variants.map(({ name }) => VARIANT_NAMES[name])];
  return {
    lines: [
      '## The physical floor',
      '',
      '[bench/native/floor.c](../../bench/native/floor.c) waits in `poll`, takes what has come with `recvmmsg`, verifies,',
      'decrypts and encrypts it with the processor’s own AES and SHA, and sends it with `sendmmsg`: one datagram per',
      'subscriber, at once. It knows no ICE, DTLS, RTCP or signalling. Whoever sends each packet by itself and at once',
      'cannot stand below it on this machine; what waits and merges can.',
      '',
      ...(isEncrypted
        ? []
        : ['**This processor lacks AES-NI or SHA-NI: the floor is one without encryption.**', '']),
      ...table(head, rows),
    ],
    plots: [],
  };
}
