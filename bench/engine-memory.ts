/** What memory an engine takes, by its metrics and by what the kernel tells of its process. */

const METRIC = /^([a-z_]+)(?:\{[^}]*\})? (\S+)$/gm;

/** Octets. */
export interface EngineMemory {
  readonly residentBytes: number;
  /** Of the thread of calls. */
  readonly heapBytes: number;
  readonly externalBytes: number;
  /** Of all media workers. */
  readonly workerHeapBytes: number;
  /** Of the memory of fixed size in which packets are. */
  readonly workerMemoryBytes: number;
}

/** @param sums of sumsOf() @param residentBytes of the process */
export function engineMemoryOf(sums: ReadonlyMap<string, number>, residentBytes: number): EngineMemory {
  const of = (name: string) => sums.get(name) ?? 0;
  return {
    residentBytes,
    heapBytes: of('nodejs_heap_size_used_bytes'),
    externalBytes: of('nodejs_external_memory_bytes'),
    workerHeapBytes: of('kraken_worker_heap_bytes'),
    workerMemoryBytes: of('kraken_worker_memory_bytes'),
  };
}

/** @param text in Prometheus' format @returns by the names of metrics their values, those of all labels together */
export function sumsOf(text: string): ReadonlyMap<string, number> {
  const sums = new Map<string, number>();
  for (const [, name = '', value] of text.matchAll(METRIC)) {
    sums.set(name, (sums.get(name) ?? 0) + Number(value));
  }
  return sums;
}
