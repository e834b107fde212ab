/** What an access token allows whoever holds it. */

/** The rights of a caller who has shown a valid token. */
export interface Grant {
  /** The only room that it is for; null: any, which none but administrators have. */
  readonly rid: string | null;
  /** The only user that it is for; null: any, which none but administrators have. */
  readonly uid: string | null;
  /** What the others may call that user; null when the token does not tell. */
  readonly name: string | null;
  /** May be heard. */
  readonly publish: boolean;
  /** May hear the others. */
  readonly subscribe: boolean;
  /** May change what others of the room may do, and take them out. */
  readonly administer: boolean;
  /** From when on it counts no longer, s since 1970. */
  readonly expiresAt: number;
  /** Whom its calls are counted for: the token's `sub`, else its uid. */
  readonly subject: string;
}

/** The token's claims of our own, in RFC 7519's sense. Those that are left out have the value given here. */
export interface GrantClaims {
  /** The rid; only an administrator's may be without. */
  readonly room?: string;
  /** Only an administrator's may be without. */
  readonly uid?: string;
  readonly name?: string;
  /** True. */
  readonly publish?: boolean;
  /** True. */
  readonly subscribe?: boolean;
  /** False. */
  readonly administer?: boolean;
}
