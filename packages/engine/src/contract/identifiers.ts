/**
 * Numbers that name things in the contract. They are chosen by the control plane, are unique for the life of the process and
 * are never used again.
 */

/** Names the ICE + DTLS + SRTP association of one participant. */
export type TransportId = number;
/** Names one stream that a participant publishes. */
export type PublicationId = number;
/** Names the route of one publication to one subscriber's transport. */
export type SubscriptionId = number;
/** Names a media worker: 0 for the first one of the process. */
export type WorkerIndex = number;
/** Names a room; the media worker uses it only to put subscribers of one room into the same key groups. */
export type RoomId = number;
