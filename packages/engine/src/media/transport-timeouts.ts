import type { TransportCloseReason } from '../contract/messages.js';
import type { Transport } from './transport.js';

/** Milliseconds for a transport to become connected. */
export const CONNECT_TIMEOUT = 60_000;
/** Milliseconds without a valid check and without media after which a transport is closed. */
export const CONNECTIVITY_TIMEOUT = 60_000;
/** Milliseconds after which a transport is closed whose media had arrived and then stopped. */
export const MEDIA_TIMEOUT = 60_000;

/** Why a transport is given up, and what people are told of it. */
export interface Timeout {
  readonly reason: TransportCloseReason;
  readonly detail: string;
}

/** @returns when the transport is given up unless something comes of its participant, ms */
export function timeoutAt(transport: Transport): number {
  const { srtp, mediaAt, openedAt } = transport;
  if (srtp === null) return openedAt + CONNECT_TIMEOUT;
  const connectivityEndsAt = heardAt(transport) + CONNECTIVITY_TIMEOUT;
  return mediaAt > 0 ? Math.min(connectivityEndsAt, mediaAt + MEDIA_TIMEOUT) : connectivityEndsAt;
}

/**
 * @param now ms
 * @returns null while there is time left
 */
export function timeoutOf(transport: Transport, now: number): Timeout | null {
  if (now < timeoutAt(transport)) return null;
  if (transport.srtp === null) return { reason: 'connect-timeout', detail: 'not connected in time' };
  if (now >= heardAt(transport) + CONNECTIVITY_TIMEOUT)
    return { reason: 'connectivity-timeout', detail: 'no connectivity checks and no media' };
  return { reason: 'media-timeout', detail: 'media stopped' };
}

/** @returns when the participant last gave a sign of life, ms */
function heardAt({ agent, mediaAt, openedAt }: Transport): number {
  return Math.max(agent.lastCheckAt ?? openedAt, mediaAt);
}
