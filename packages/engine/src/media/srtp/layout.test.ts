import { beforeAll, expect, it } from 'vitest';
import * as layout from './layout.js';
import { kernelBytes } from './testing/kernel-fixture.js';

let exports: Record<string, unknown>;

beforeAll(async () => {
  const module = new WebAssembly.Module(await kernelBytes());
  const memory = new WebAssembly.Memory({ initial: 2, maximum: 2 });
  exports = new WebAssembly.Instance(module, { env: { memory } }).exports;
}, 60_000);

it('the kernel and TypeScript agree on every record and limit', () => {
  const constants = Object.entries(exports).filter(([, value]) => typeof value !== 'function');
  const kernel = Object.fromEntries(constants.map(([name, value]) => [name, Number(value)]));
  expect(kernel).toEqual({ ...layout });
});

it('records do not overlap their fields', () => {
  expect(layout.KEY_GROUP_FIRST_ROUND_TABLE - layout.KEY_GROUP_ROUND_KEYS).toBe(11 * 128);
  expect(layout.KEY_GROUP_SIZE - layout.KEY_GROUP_FIRST_ROUND_TABLE).toBe(
    Math.ceil(layout.MAX_PAYLOAD_LENGTH / 32) * 64,
  );
  expect(layout.STREAM_CIPHER_FIRST_ROUND_TABLE - layout.STREAM_CIPHER_ROUND_KEYS).toBe(11 * 128);
  expect(layout.STREAM_CIPHER_SIZE - layout.STREAM_CIPHER_FIRST_ROUND_TABLE).toBe(
    Math.ceil(layout.MAX_STREAM_PACKET_LENGTH / 128) * 64,
  );
});
