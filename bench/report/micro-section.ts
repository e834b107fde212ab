/** The report's parts on the kernel and on sending. */
import type { CryptoSpeed } from '../micro/crypto-speed.js';
import { number, spread, table } from './markdown.js';
import type { BenchResults } from './results.js';
import type { Section } from './section.js';

export function kernelSection({ kernel }: BenchResults): Section | null {
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
      ...notes.flatMap((note) => [note, '']),
    ],
    plots: [],
  };
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
