import koffi from 'koffi';
import { describe, expect, test } from 'vitest';
import * as libc from './libc.js';

describe.runIf(libc.hasBatchedCalls())('the C library', () => {
  const calls = libc.loadLibC();

  test('finds bytes by the address that it is told', () => {
    const bytes = Uint8Array.of(1, 2, 3, 4);
    expect(koffi.decode(BigInt(calls.addressOf(bytes)), 'uint8_t', 4)).toEqual(bytes);
    const memory = new WebAssembly.Memory({ initial: 1, maximum: 1 });
    const view = new Uint8Array(memory.buffer);
    view[5] = 77;
    expect(koffi.decode(BigInt(calls.addressOf(view) + 5), 'uint8_t')).toBe(77);
  });

  test('tells what went wrong by errno', () => {
    expect(calls.socket(-1, 0, 0)).toBe(-1);
    expect(calls.errno()).toBe(97);
    expect(calls.close(-1)).toBe(-1);
    expect(calls.errno()).toBe(9);
  });

  test('gives a socket the options that it is set', () => {
    const descriptor = calls.socket(
      libc.AF_INET6,
      libc.SOCK_DGRAM | libc.SOCK_CLOEXEC | libc.SOCK_NONBLOCK,
      0,
    );
    expect(descriptor).toBeGreaterThan(2);
    const one = Uint8Array.of(1, 0, 0, 0);
    expect(calls.setsockopt(descriptor, libc.IPPROTO_IPV6, libc.IPV6_V6ONLY, one, 4)).toBe(0);
    const getsockopt = koffi.load(null).func('int getsockopt(int, int, int, void *, void *)');
    const [value, length] = [new Uint8Array(4), Uint8Array.of(4, 0, 0, 0)];
    expect(getsockopt(descriptor, libc.IPPROTO_IPV6, libc.IPV6_V6ONLY, value, length)).toBe(0);
    expect(value).toEqual(one);
    const address = new Uint8Array(28);
    expect(calls.getsockname(descriptor, address, Uint8Array.of(28, 0, 0, 0))).toBe(0);
    expect(address[0]).toBe(libc.AF_INET6);
    expect(calls.close(descriptor)).toBe(0);
  });
});
