/** Packets that strangers send. */
import type { Defence } from '../defence.js';

export const MEDIA: readonly Defence[] = [];
