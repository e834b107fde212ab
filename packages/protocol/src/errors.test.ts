import { expect, test } from 'vitest';
import { RPC_ERRORS, RpcError } from './errors.js';

test('no two errors share a code', () => {
  const codes = Object.values(RPC_ERRORS).map((error) => error.code);
  expect(new Set(codes).size).toBe(codes.length);
});

test("faults of the caller have status 202, the server's own 500", () => {
  const isOurs = (code: number) => code >= 5003000 && code < 5004000;
  for (const { code, status } of Object.values(RPC_ERRORS)) expect(status).toBe(isOurs(code) ? 500 : 202);
});

test('the body of an error holds status, code and description', () => {
  expect(new RpcError('ROOM_FULL', 'room full 2').toBody()).toEqual({
    status: 202,
    code: 5002000,
    description: 'room full 2',
  });
});
