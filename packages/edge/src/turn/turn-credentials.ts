/**
 * Short-lived TURN credentials by coturn's REST scheme (draft-uberti-behave-turn-rest-00, section 2.2): the user
 * name carries the expiry, the password is an HMAC of it under the secret shared with the TURN server.
 */
import { createHmac } from 'node:crypto';
import type { TurnServer } from '@kraken/protocol';

/** How long a credential is good for, in seconds. */
export const TURN_CREDENTIAL_LIFETIME = 3600;

export interface TurnOptions {
  /** `turn:host:port` or `turns:host:port`; a bare `host:port` is taken for the former. */
  readonly host: string;
  /** coturn's `static-auth-secret`. */
  readonly secret: string;
}

/**
 * @param turn the TURN server, or null when none is configured
 * @param uid the user
 * @param now in milliseconds since 1970
 * @returns the server over UDP and over TCP; empty when none is configured
 */
export function turnServers(turn: TurnOptions | null, uid: string, now: number): readonly TurnServer[] {
  if (turn === null) return [];
  const username = `${Math.floor(now / 1000) + TURN_CREDENTIAL_LIFETIME}:${uid}`;
  const credential = createHmac('sha1', turn.secret).update(username).digest('base64');
  const url = /^turns?:/i.test(turn.host) ? turn.host : `turn:${turn.host}`;
  return ['udp', 'tcp'].map((transport) => ({ urls: `${url}?transport=${transport}`, username, credential }));
}
