/** What a participant may do: by its access token, until somebody who may decides otherwise. */
export interface Permissions {
  /** Be heard. */
  readonly publish: boolean;
  /** Hear the others. */
  readonly subscribe: boolean;
}

/** Of whom nothing is said. */
export const ALL_PERMISSIONS: Permissions = { publish: true, subscribe: true };
