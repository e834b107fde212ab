/** Who calls. */
import { ALL_PERMISSIONS, type Grant, type Permissions } from '@kraken/protocol';

/** Open: no tokens are configured, and whoever reaches the daemon may do everything. */
export type Caller = { readonly kind: 'open' } | { readonly kind: 'granted'; readonly grant: Grant };

export const OPEN_CALLER: Caller = { kind: 'open' };

/** @returns what a participant may do that this caller publishes */
export function permissionsOf(caller: Caller): Permissions {
  if (caller.kind === 'open') return ALL_PERMISSIONS;
  const { publish, subscribe } = caller.grant;
  return { publish, subscribe };
}
