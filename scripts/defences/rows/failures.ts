/** What breaks and heals. */
import type { Defence } from '../defence.js';

export const FAILURES: readonly Defence[] = [];
