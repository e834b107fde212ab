import { expect, test, vi } from 'vitest';
import { isProven } from './proof.js';

const compared = vi.hoisted(() => vi.fn());
vi.mock('node:crypto', async (original) => {
  const crypto = await original<typeof import('node:crypto')>();
  compared.mockImplementation(crypto.timingSafeEqual);
  return { ...crypto, timingSafeEqual: compared };
});

test('a proof is compared in constant time', () => {
  const summary = { engineId: 'e', url: 'http://a/', publicUrl: 'http://b/' };
  expect(isProven('secret', { ...summary, proof: '0'.repeat(64) })).toBe(false);
  expect(compared).toHaveBeenCalledOnce();
});
