import { expect, test } from 'vitest';
import { signatureOf } from './signature.js';

test('is the HMAC of time and body, by the secret', () => {
  // printf '1700000000.{"rid":"r"}' | openssl dgst -sha256 -hmac secret
  const value = '3f82b57667182df0b9a6cb736391f14c6695c80e4887ae38403757c4856e058a';
  expect(signatureOf('secret', '{"rid":"r"}', 1_700_000_000)).toBe(`t=1700000000,v1=${value}`);
});
