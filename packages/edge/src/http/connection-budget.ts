/** How many connections to its API a service may have open, so that strangers cannot use up its file descriptors. */
import { readFileSync } from 'node:fs';

/** Of the files that the process may have open; the others are for media, its own calls, and what it reads. */
const SHARE = 0.5;
const LIMIT = /^Max open files\s+(\d+)/m;

/** @param limits where Linux tells the process's limits; on other systems there is no budget */
export function connectionBudget(limits = '/proc/self/limits'): number {
  try {
    const [, files] = LIMIT.exec(readFileSync(limits, 'utf8')) ?? [];
    return files === undefined ? Number.POSITIVE_INFINITY : Math.floor(Number(files) * SHARE);
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}
