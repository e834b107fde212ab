import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { buildKernel } from '@kraken/kernel/build';
import { WorkerMemory } from '../../memory.js';
import { compileKernel, instantiateKernel, type Kernel } from '../kernel.js';
import type { MasterKey } from '../master-key.js';

const PAGES = 64;

export interface KernelFixture {
  readonly kernel: Kernel;
  readonly memory: WorkerMemory;
}

/** @returns the contents of kernel.wasm, which is built when it is missing or older than its sources */
export async function kernelBytes(): Promise<Uint8Array> {
  await buildKernel();
  return readFileSync(fileURLToPath(import.meta.resolve('@kraken/kernel/kernel.wasm')));
}

/** A kernel over 4 MiB of memory of its own. */
export async function createKernel(): Promise<KernelFixture> {
  const module = compileKernel(await kernelBytes());
  const memory = new WorkerMemory(PAGES, null);
  return { kernel: instantiateKernel(module, memory.memory), memory };
}

export function randomMasterKey(): MasterKey {
  return { masterKey: randomBytes(16), masterSalt: randomBytes(14) };
}

/** A copy of what stands in memory. */
export function octets(memory: WorkerMemory, offset: number, length: number): Buffer {
  return Buffer.from(memory.bytes.slice(offset, offset + length));
}
