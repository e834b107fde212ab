/** What is installed, and what is told to logs, errors and metrics. */
import type { Defence } from '../defence.js';

export const SUPPLY: readonly Defence[] = [];
