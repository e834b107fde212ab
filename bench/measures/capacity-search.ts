/** The greatest load that is carried, found by doubling and bisecting; what carries it is not its business. */
import { type LoadShape, sizeFor } from './load-shape.js';

/** Between the greatest load that was carried and the least that was not, the search ends. */
const RESOLUTION = 0.04;

export interface SearchOptions {
  readonly shape: LoadShape;
  /** Packets/s of the first try. */
  readonly first: number;
  /** Packets/s that no try goes beyond. */
  readonly limit: number;
}

export interface SearchResult {
  /** The greatest size that was carried, or null when not even the smallest was. */
  readonly carried: number | null;
  /** The least size above it that was not, or null when the limit was carried. */
  readonly failed: number | null;
}

/** @param carries tries a size; each is tried once */
export async function searchCapacity(
  { shape, first, limit }: SearchOptions,
  carries: (size: number) => Promise<boolean>,
): Promise<SearchResult> {
  const largest = sizeFor(shape, limit);
  let carried: number | null = null;
  let failed: number | null = null;
  let size = Math.min(sizeFor(shape, first), largest);
  for (;;) {
    if (await carries(size)) carried = size;
    else failed = size;
    const next = nextSize(shape, carried, failed, largest);
    if (next === null) return { carried, failed };
    size = next;
  }
}

/** @returns the size to try next, or null when the answer is near enough */
export function nextSize(
  shape: LoadShape,
  carried: number | null,
  failed: number | null,
  largest: number,
): number | null {
  const rate = (size: number) => shape.packetsPerSecond(size);
  if (failed === null) {
    if (carried === null || carried >= largest) return null;
    return Math.min(Math.max(sizeFor(shape, 2 * rate(carried)), carried + 1), largest);
  }
  if (carried === null) {
    return failed <= shape.smallest ? null : Math.min(sizeFor(shape, rate(failed) / 2), failed - 1);
  }
  if (failed - carried <= 1 || rate(failed) - rate(carried) <= RESOLUTION * rate(failed)) return null;
  const middle = sizeFor(shape, (rate(carried) + rate(failed)) / 2);
  return Math.min(Math.max(middle, carried + 1), failed - 1);
}
