/** What parsers and state machines do with input that nobody has thought of. */
import type { Defence } from '../defence.js';

export const FUZZ: readonly Defence[] = [];
