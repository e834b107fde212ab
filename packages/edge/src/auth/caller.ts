/** Who calls. */
import type { Grant } from '@kraken/protocol';

/** Open: no tokens are configured, and whoever reaches the daemon may do everything. */
export type Caller = { readonly kind: 'open' } | { readonly kind: 'granted'; readonly grant: Grant };

export const OPEN_CALLER: Caller = { kind: 'open' };
