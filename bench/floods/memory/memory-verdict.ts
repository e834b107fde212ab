/** Whether a flood keeps to what its limits let it take. */
import type { EngineMemory } from '../../engine-memory.js';
import type { MemoryFigures } from './measure-memory.js';

const MEGABYTE = 1e6;
/**
 * What may be garbage at a time, octets. V8 collects the young generation of a thread when its 16 MiB are full, and has three
 * such spaces; there are the thread of calls and a worker.
 */
export const GARBAGE = 96 * 2 ** 20;
/** Live objects are copied before what they leave is given back: as many again as are held. */
const COPIES = 2;
/** By how much the most of the second half may be beyond that of the first, by what is garbage then: a share, and octets. */
export const GROWTH_SHARE = 0.1;
export const GROWTH = 64 * MEGABYTE;
/** What may be kept when all is over, octets of a heap: what is compiled and cached once. */
export const KEPT = 16 * MEGABYTE;

const HEAPS = [
  ['heapBytes', 'heap of the thread of calls'],
  ['externalBytes', 'memory that it holds outside'],
  ['workerHeapBytes', 'heap of the worker'],
] as const;

/** @returns the most that may be resident, octets */
export function boundOf({ before, reckoning }: MemoryFigures): number {
  return before.residentBytes + GARBAGE + COPIES * reckoning.octets;
}

/** @returns what memory a flood takes that it may not, in words */
export function memoryFaults(figures: MemoryFigures): string[] {
  const { name, before, peaks, after, sent, faults } = figures;
  const [first, second] = peaks;
  const found = [...faults];
  const tell = (isWrong: boolean, what: string) => isWrong && found.push(`${name}: ${what}`);
  const bound = boundOf(figures);
  const most = Math.max(first.residentBytes, second.residentBytes);
  const mayBe = first.residentBytes * (1 + GROWTH_SHARE) + GROWTH;
  tell(sent === 0, 'nothing of it was made');
  tell(most > bound, `${megabytes(most)} are resident, where ${megabytes(bound)} may be`);
  tell(
    second.residentBytes > mayBe,
    `it goes on growing: ${megabytes(first.residentBytes)}, then ${megabytes(second.residentBytes)}`,
  );
  for (const { what, octets } of keptOf(before, after))
    tell(true, `${megabytes(octets)} stay in the ${what}`);
  return found;
}

/** @returns where more is kept than may be when all is over, and how much, octets */
export function keptOf(before: EngineMemory, after: EngineMemory) {
  return HEAPS.map(([figure, what]) => ({ what, octets: after[figure] - before[figure] })).filter(
    ({ octets }) => octets > KEPT,
  );
}

export function megabytes(octets: number): string {
  return `${(octets / MEGABYTE).toFixed(1)} MB`;
}
