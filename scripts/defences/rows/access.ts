/** Who may call what: tokens, permissions, TLS. */
import type { Defence } from '../defence.js';

export const ACCESS: readonly Defence[] = [];
