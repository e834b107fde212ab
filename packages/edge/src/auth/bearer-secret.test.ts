import { beforeEach, expect, test, vi } from 'vitest';
import { bearerCheck } from './bearer-secret.js';

const compared = vi.hoisted(() => vi.fn());
vi.mock('node:crypto', async (original) => {
  const crypto = await original<typeof import('node:crypto')>();
  compared.mockImplementation(crypto.timingSafeEqual);
  return { ...crypto, timingSafeEqual: compared };
});
beforeEach(() => {
  compared.mockClear();
});

const isShown = bearerCheck('the secret');

test('the secret as a bearer token is taken', () => {
  expect(isShown('Bearer the secret')).toBe(true);
});

test.each([undefined, '', 'Bearer', 'Bearer ', 'the secret', 'bearer the secret', 'Bearer the secret '])(
  '%j is refused',
  (header) => {
    expect(isShown(header)).toBe(false);
  },
);

test.each(['Bearer the secreT', 'Bearer x', `Bearer ${'x'.repeat(1_000)}`])(
  '%j is compared in constant time, whatever its length',
  (header) => {
    expect(isShown(header)).toBe(false);
    expect(compared).toHaveBeenCalledOnce();
    expect(compared.mock.calls[0]?.map(({ length }) => length)).toEqual([32, 32]);
  },
);
