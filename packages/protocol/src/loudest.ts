/** Bounds of loudest-N forwarding and of fixed slots, for configuration, calls and clients. */

/** How many of a room's participants may be forwarded at most where only the loudest are. */
export const MAX_LOUDEST = 100;
/** How many fixed slots a client gets at most. */
export const MAX_SLOTS = 32;
