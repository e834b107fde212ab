import { expect, test } from 'vitest';
import { cryptoIn, parseMappedFiles } from './srtp-library.js';

test('what libsrtp is built on is told from the libraries that it asks for', () => {
  expect(cryptoIn('\tlibnss3.so => /lib/libnss3.so (0x1)\n\tlibc.so.6 => /lib/libc.so.6 (0x2)\n')).toBe(
    'NSS',
  );
  expect(cryptoIn('\tlibcrypto.so.3 => /lib/libcrypto.so.3 (0x1)\n')).toBe('OpenSSL');
  expect(cryptoIn('\tlibc.so.6 => /lib/libc.so.6 (0x2)\n')).toBe("libsrtp's own code");
});

test('mapped files are named once each, and anonymous memory is left out', () => {
  const maps = [
    '7f00-7f10 r--p 00000000 fd:00 12 /usr/lib/libsrtp2.so.1',
    '7f10-7f20 r-xp 00001000 fd:00 12 /usr/lib/libsrtp2.so.1',
    '7f20-7f30 rw-p 00000000 00:00 0 ',
    '7ffc-7ffd rw-p 00000000 00:00 0 [stack]',
  ].join('\n');
  expect(parseMappedFiles(maps)).toEqual(['/usr/lib/libsrtp2.so.1']);
});
