import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { kernelHmacSha1 } from './kernel-hmac.js';
import { createKernel, type KernelFixture } from './srtp/testing/kernel-fixture.js';

const MAX_KEY = 64;
const MAX_MESSAGE = 1500;
/** Where the message is put: anywhere, on no border. */
const OFFSET = 77;

let fixture: KernelFixture;
let area: number;
beforeAll(async () => {
  fixture = await createKernel();
  area = fixture.memory.reserve(4096);
});

describe("the kernel's HMAC-SHA1", () => {
  test('is the one of node:crypto for every length of key and message, and touches neither', () => {
    const { kernel, memory } = fixture;
    const hmac = kernelHmacSha1(kernel, memory);
    const output = new Uint8Array(20);
    const key = fc.uint8Array({ maxLength: MAX_KEY });
    const message = fc.uint8Array({ maxLength: MAX_MESSAGE });
    fc.assert(
      fc.property(key, message, (secret, bytes) => {
        memory.bytes.set(bytes, area + OFFSET);
        hmac(secret, memory.bytes, area + OFFSET, bytes.length, output);
        expect(Buffer.from(output)).toEqual(createHmac('sha1', secret).update(bytes).digest());
        expect(memory.bytes.slice(area + OFFSET, area + OFFSET + bytes.length)).toEqual(bytes);
      }),
    );
  });

  test('is refused for what is not in worker memory, and for a key that is longer than a block', () => {
    const { kernel, memory } = fixture;
    const hmac = kernelHmacSha1(kernel, memory);
    const output = new Uint8Array(20);
    expect(() => hmac(new Uint8Array(1), new Uint8Array(8), 0, 8, output)).toThrow('not in worker memory');
    expect(() => hmac(new Uint8Array(MAX_KEY + 1), memory.bytes, area, 8, output)).toThrow('too long');
  });
});
