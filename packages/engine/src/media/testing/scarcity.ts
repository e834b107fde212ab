import type { WorkerMemory } from '../memory.js';

const CACHE_LINE = 64;

/** Takes all memory that is left; a block that is given back from here on is all that there is. */
export function exhaust(memory: WorkerMemory): void {
  for (let size = memory.bytes.length; size >= CACHE_LINE; ) {
    if (memory.allocate(size) === 0) size = Math.floor(size / 2);
  }
}
