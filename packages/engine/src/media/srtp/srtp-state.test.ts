import { beforeAll, describe, expect, it } from 'vitest';
import { WorkerMemory } from '../memory.js';
import { compileKernel, instantiateKernel } from './kernel.js';
import { setLaneKeys } from './key-lane.js';
import { KEY_GROUP_SIZE, MASTER_KEY_INPUT, STREAM_CIPHER_SIZE } from './layout.js';
import { createSrtpState, freeSrtpState } from './srtp-state.js';
import {
  createKernel,
  type KernelFixture,
  kernelBytes,
  octets,
  randomMasterKey,
} from './testing/kernel-fixture.js';

/** The kernel's page before its constants, and behind the words that TypeScript reads. */
const SCRATCH = 64;
const SCRATCH_END = 8192;

let fixture: KernelFixture;
let module: WebAssembly.Module;

beforeAll(async () => {
  fixture = await createKernel();
  module = compileKernel(await kernelBytes());
}, 60_000);

function randomKeys() {
  return { local: randomMasterKey(), remote: randomMasterKey() };
}

describe('SRTP state', () => {
  it('gives all its memory back, wiped', () => {
    const { kernel, memory } = fixture;
    const used = memory.used;
    const state = createSrtpState(kernel, memory, randomKeys());
    if (state === null) throw new Error('memory is full');
    expect(memory.used).toBeGreaterThan(used);
    const { cipher } = state.rtpReceiver;
    expect(octets(memory, cipher, STREAM_CIPHER_SIZE).some((octet) => octet !== 0)).toBe(true);
    freeSrtpState(memory, state);
    expect(memory.used).toBe(used);
    expect(octets(memory, cipher, STREAM_CIPHER_SIZE).every((octet) => octet === 0)).toBe(true);
  });

  it('is not made when the memory is full, and takes none of it then', () => {
    const small = new WorkerMemory(2, null);
    const kernel = instantiateKernel(module, small.memory);
    let made = 0;
    while (createSrtpState(kernel, small, randomKeys()) !== null) made++;
    expect(made).toBe(Math.floor(65_536 / STREAM_CIPHER_SIZE / 3));
    expect(small.used).toBeLessThanOrEqual(65_536);
  });

  it('leaves no master key and no session key behind in the kernel', () => {
    const { kernel, memory } = fixture;
    const keyGroup = memory.reserve(KEY_GROUP_SIZE);
    const key = randomMasterKey();
    setLaneKeys(kernel, memory, keyGroup, 0, key);
    expect(octets(memory, SCRATCH, SCRATCH_END - SCRATCH).every((octet) => octet === 0)).toBe(true);
    expect(octets(memory, MASTER_KEY_INPUT, 32).every((octet) => octet === 0)).toBe(true);
  });

  it('refuses keys of other lengths', () => {
    const { kernel, memory } = fixture;
    const short = { masterKey: new Uint8Array(15), masterSalt: new Uint8Array(14) };
    const long = { masterKey: new Uint8Array(16), masterSalt: new Uint8Array(15) };
    for (const key of [short, long]) {
      expect(() => setLaneKeys(kernel, memory, 0x20000, 0, key)).toThrow('octets');
    }
  });
});
