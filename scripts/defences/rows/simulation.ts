/** What holds for the whole engine, whatever happens in which order. */
import type { Defence } from '../defence.js';

export const SIMULATION: readonly Defence[] = [];
