/** How many connections strangers may have open to a service, so that they cannot use up its file descriptors. */
import { readFileSync } from 'node:fs';

/** Of the files that the process may have open; what is left is for its own calls, and what it reads. */
const SHARES = { api: 0.5, media: 0.25 } as const;
const LIMIT = /^Max open files\s+(\d+)/m;

/**
 * @param purpose whose connections
 * @param limits where Linux tells the process's limits; on other systems there is no budget
 */
export function connectionBudget(purpose: keyof typeof SHARES, limits = '/proc/self/limits'): number {
  try {
    const [, files] = LIMIT.exec(readFileSync(limits, 'utf8')) ?? [];
    return files === undefined ? Number.POSITIVE_INFINITY : Math.floor(Number(files) * SHARES[purpose]);
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}
