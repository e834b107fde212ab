import { beforeAll, describe, expect, it } from 'vitest';
import { compileKernel, instantiateKernel } from './kernel.js';
import { kernelBytes } from './testing/kernel-fixture.js';

let bytes: Uint8Array;

beforeAll(async () => {
  bytes = await kernelBytes();
}, 60_000);

/** The smallest module: a header, and nothing in it. */
const EMPTY_MODULE = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0);

describe('the kernel', () => {
  it.each([1, 512, 4096])('runs over a memory of %i pages', (pages) => {
    const memory = new WebAssembly.Memory({ initial: pages, maximum: pages });
    expect(instantiateKernel(compileKernel(bytes), memory).memory).toBe(memory);
  });

  it('is refused when it is another module', () => {
    const memory = new WebAssembly.Memory({ initial: 1, maximum: 1 });
    expect(() => instantiateKernel(compileKernel(EMPTY_MODULE), memory)).toThrow('lacks functions');
    expect(() => compileKernel(new Uint8Array(8))).toThrow();
  });
});
