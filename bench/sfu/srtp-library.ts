/** Which SRTP library a running program encrypts with: it decides much of what an SFU costs. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';

/** Libraries that libsrtp can be built on, by what their files are called. */
const CRYPTO_LIBRARIES = [
  { file: /libnss3\.so/, name: 'NSS' },
  { file: /libcrypto\.so/, name: 'OpenSSL' },
  { file: /libmbedcrypto\.so/, name: 'Mbed TLS' },
];

/**
 * @param pid of the program
 * @returns in a few words, or null when it has loaded no libsrtp
 */
export function srtpLibraryOf(pid: number): string | null {
  const library = parseMappedFiles(readFileSync(`/proc/${pid}/maps`, 'utf8')).find((file) =>
    path.basename(file).startsWith('libsrtp'),
  );
  if (library === undefined) return null;
  const { stdout } = spawnSync('ldd', [library], { encoding: 'utf8' });
  return `${path.basename(library)} on ${cryptoIn(stdout)}`;
}

/** @param dependencies as ldd(1) prints them */
export function cryptoIn(dependencies: string): string {
  return CRYPTO_LIBRARIES.find(({ file }) => file.test(dependencies))?.name ?? "libsrtp's own code";
}

/** @returns each file once; the last column of proc(5)'s maps is its path */
export function parseMappedFiles(maps: string): string[] {
  const files = maps.split('\n').flatMap((line) => /\s(\/\S+)$/.exec(line)?.[1] ?? []);
  return [...new Set(files)];
}
