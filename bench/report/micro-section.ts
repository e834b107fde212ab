/** The report's parts on the kernel and on sending. */

import type { CryptoSpeed } from '../micro/crypto-speed.js';
import { KRAKEN_NAME } from '../options.js';
import { meshOf } from '../scenarios.js';
import { costOf } from './figures.js';
import { number, percent, spread, table } from './markdown.js';
import type { BenchResults } from './results.js';
import type { Section } from './section.js';

/** As the generator sends, and rooms in which lanes stay empty. */
const USUAL_PAYLOAD = 100;
const ROOM_SIZES = [10, 20, 50];
const NANOSECONDS = 1000;

export function kernelSection(results: BenchResults): Section | null {
  const { kernel } = results;
  if (kernel === null) return null;
  const { speeds, notes } = kernel;
  return {
    lines: [
      '## Encryption',
      '',
      'Nanoseconds per packet with a header of 20 octets, AES-128 in counter mode with HMAC-SHA1, medians. The kernel in',
      'WebAssembly protects for groups of four subscribers at once: what a packet costs depends on how many of the four',
      'lanes are filled. libsrtp is Debian’s build; AES-NI + SHA-NI is C that encrypts one packet at a time.',
      '',
      '### Protect',
      '',
      ...table(
        ['payload', '1 lane', '2 lanes', '3 lanes', '4 lanes', '`node:crypto`', 'libsrtp', 'AES-NI + SHA-NI'],
        speeds.map((speed) => [
          `${speed.payloadLength} B`,
          ...speed.kernelProtect.map(nanoseconds),
          ...others(speed, 'protect'),
        ]),
      ),
      '### Unprotect',
      '',
      ...table(
        ['payload', 'kernel', '`node:crypto`', 'libsrtp', 'AES-NI + SHA-NI'],
        speeds.map((speed) => [
          `${speed.payloadLength} B`,
          nanoseconds(speed.kernelUnprotect),
          ...others(speed, 'unprotect'),
        ]),
      ),
      ...savingsLines(results, speeds),
      ...notes.flatMap((note) => [note, '']),
    ],
    plots: [],
  };
}

/** What the kernel leaves undone, and what it would bring at the very best. */
function savingsLines(results: BenchResults, speeds: readonly CryptoSpeed[]): string[] {
  const speed = speeds.find(({ payloadLength }) => payloadLength === USUAL_PAYLOAD);
  if (speed === undefined) return [];
  const rows = ROOM_SIZES.map((size) => {
    const { name } = meshOf(size);
    const cost = costOf(results, KRAKEN_NAME, name)?.median ?? null;
    const savings = [emptyLanesOf(speed, size - 1), unprotectBatchOf(speed, size - 1)];
    const shares = savings.map((saved) => (cost === null ? '–' : percent(saved / NANOSECONDS / cost)));
    return [name, ...savings.flatMap((saved, place) => [nanoseconds(saved), shares[place] ?? '–'])];
  });
  return [
    '### What more batching could bring',
    '',
    'Per packet out, in nanoseconds and as a share of what it costs: if no lane ever stayed empty, because groups were',
    'filled across packets and rooms; and if the packets that come in were verified and decrypted four at a time, each at',
    'the price of a full group. Neither reckons what sorting packets into groups would take.',
    '',
    ...table(['', 'no empty lane, ns', 'share', 'four unprotected at once, ns', 'share'], rows),
  ];
}

/** @returns nanoseconds per packet out that the last, unfilled group costs more than its packets in full groups */
function emptyLanesOf({ kernelProtect }: CryptoSpeed, subscribers: number): number {
  const filled = subscribers % kernelProtect.length;
  const full = kernelProtect.at(-1) ?? 0;
  const now = filled === 0 ? 0 : filled * (kernelProtect[filled - 1] ?? 0);
  return (now - filled * full) / subscribers;
}

/** @returns nanoseconds per packet out: each packet in is unprotected once for all of its subscribers */
function unprotectBatchOf({ kernelProtect, kernelUnprotect }: CryptoSpeed, subscribers: number): number {
  return Math.max(0, kernelUnprotect - (kernelProtect.at(-1) ?? 0)) / subscribers;
}

export function sendSection({ send }: BenchResults): Section | null {
  if (send.length === 0) return null;
  const rows = send.map(({ method, microseconds }) => [method, spread(microseconds)]);
  return {
    lines: [
      '## Sending',
      '',
      'CPU microseconds per datagram of 130 octets over the loopback interface, in bursts of 64, by each method in turn:',
      'median (least–greatest).',
      '',
      ...table(['method', 'µs per datagram'], rows),
    ],
    plots: [],
  };
}

function others(speed: CryptoSpeed, direction: 'protect' | 'unprotect'): string[] {
  return [speed.nodeCrypto, speed.libsrtp, speed.hardware].map((one) =>
    one === null ? '–' : nanoseconds(one[direction]),
  );
}

function nanoseconds(value: number): string {
  return number(Math.round(value));
}
