/** What strangers may use up: calls, rooms, joins, memory. */
import type { Defence } from '../defence.js';

export const LIMITS: readonly Defence[] = [];
