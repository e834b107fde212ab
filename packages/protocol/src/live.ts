/** What goes over live sockets besides the RPC methods: the notifications, and the socket's own methods. */

import type { Permissions } from './permissions.js';

/** A participant as the others of its room see it. */
export interface LiveParticipant {
  readonly uid: string;
  readonly cid: string;
  /** Its media flows. */
  readonly publishing: boolean;
  /** By its own word. */
  readonly muted: boolean;
  /** By the operator: nobody hears it. */
  readonly silenced: boolean;
  readonly permissions: Permissions;
  readonly speaking: boolean;
  /** What the others may call it, by its access token; left out when that does not tell. */
  readonly name?: string;
}

/** Who is heard on a fixed slot. */
export interface SlotHolder {
  readonly uid: string;
  readonly cid: string;
}

/** Why a participant is no longer there. */
export type LeaveReason =
  /** It has said so, or closed its connection in order. */
  | 'ended'
  /** Another connection of its uid has taken its place: it stops. */
  | 'displaced'
  /** The operator has taken it out: it stops. */
  | 'removed'
  /** The operator has closed the room: it stops. */
  | 'room-closed'
  /** Another engine has the room, or gets it: it joins again. */
  | 'moved'
  /** Its media or its connection has failed: it joins again. */
  | 'lost'
  /** The callback that it named does not want it: it stops. */
  | 'refused'
  /** The engine ends: it joins again. */
  | 'shutdown';

/** Parameters of each notification, by its method. */
export interface LiveNotifications {
  /** Everybody in the room, whoever asks included; the first thing after publish and resume. */
  readonly participants: { readonly rid: string; readonly participants: readonly LiveParticipant[] };
  readonly joined: { readonly rid: string; readonly participant: LiveParticipant };
  /** Its whole new state; with another cid, its uid has come again. */
  readonly updated: { readonly rid: string; readonly participant: LiveParticipant };
  readonly left: {
    readonly rid: string;
    readonly uid: string;
    readonly cid: string;
    readonly reason: LeaveReason;
  };
  /** To be answered by the method `answer`. One is outstanding at a time. */
  readonly offer: {
    readonly rid: string;
    readonly uid: string;
    readonly cid: string;
    readonly type: 'offer';
    readonly sdp: string;
    /** The JSON of `{type, sdp}`. */
    readonly jsep: string;
  };
  /** Who is heard on each of the participant's fixed slots, by their numbers; null where nobody is. */
  readonly slots: { readonly rid: string; readonly slots: readonly (SlotHolder | null)[] };
  /** What the socket's own participant may do has changed. */
  readonly permitted: {
    readonly rid: string;
    readonly uid: string;
    readonly cid: string;
    readonly permissions: Permissions;
  };
  /** The socket's own participant is over; the socket may publish again. */
  readonly closed: {
    readonly rid: string;
    readonly uid: string;
    readonly cid: string;
    readonly reason: LeaveReason;
  };
  /** The engine is going to hand its rooms over. */
  readonly draining: Readonly<Record<string, never>>;
}

/** Parameters of the methods that only sockets have. Their result is `{}`. */
export interface LiveMethods {
  /** Attaches the socket to a participant that is there. */
  readonly resume: readonly [rid: string, uid: string, cid: string];
  readonly ping: readonly [];
  /** Shows an access token: before all others where tokens are demanded, and anew when it has expired. */
  readonly authenticate: readonly [token: string];
}

/** Codes with which sockets are closed, RFC 6455 section 7.4. */
export const LIVE_CLOSE = {
  NORMAL: 1000,
  /** The engine or the monitor ends. */
  GOING_AWAY: 1001,
  /** What came is no WebSocket's frame, or in pieces before a token was shown. */
  PROTOCOL_ERROR: 1002,
  /** A binary message came. */
  UNSUPPORTED_DATA: 1003,
  /** A message was longer than is taken. */
  TOO_LONG: 1009,
  /** A monitor has no place for the room; or so much is on its way that a message which had not come whole was given up. */
  TRY_AGAIN: 1013,
  /** Another socket was attached to the participant. */
  REPLACED: 4001,
  /** The reader is so slow that too much is waiting for it. */
  TOO_SLOW: 4002,
  /** Nobody published or resumed on it. */
  UNUSED: 4003,
  /** No valid access token came in time. */
  UNAUTHENTICATED: 4004,
} as const;
