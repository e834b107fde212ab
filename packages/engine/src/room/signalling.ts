/**
 * What the API asks of the control plane. The API checks the shape of a call (count and type of parameters, ids);
 * everything behind that, the JSON inside `jsep` and `candidate` included, is the implementation's.
 * Every method is synchronous: no call waits for a negotiation, for the network or for another peer.
 * All of them throw RpcError for what is the caller's fault.
 */

import type { Permissions } from '@kraken/protocol';

/** A session description as browsers take and give it. */
export interface SessionDescription {
  readonly type: 'offer' | 'answer';
  readonly sdp: string;
}

/** Names a participant, whichever connection it has. */
export interface UserName {
  readonly rid: string;
  readonly uid: string;
}

/** Names one participant's connection: the room, the user and the track id that publish answered. */
export interface PeerName extends UserName {
  readonly cid: string;
}

/** Whose join it is: what joins that are under way are counted by. */
export interface JoinOrigin {
  /** That the call comes from, or the network of one of IPv6; null for programs on this machine, which may begin any number. */
  readonly address: string | null;
  /** Of the caller's token; null where no tokens are demanded. */
  readonly subject: string | null;
}

export interface PublishCall {
  readonly rid: string;
  readonly uid: string;
  /** JSON of the offer. */
  readonly jsep: string;
  /** Greatest number of participants in the room, this one included; 0 is no limit. */
  readonly limit: number;
  /** https URL to tell when media first arrives; null for none. */
  readonly callback: string | null;
  /** How many fixed slots the client asks for; 0 for an m-line for each other participant. */
  readonly slots: number;
  /** Unless it was decided otherwise for that uid in this room. */
  readonly permissions: Permissions;
  readonly origin: JoinOrigin;
  /** What the others may call the user, by its token; left out when that does not tell. */
  readonly name?: string;
}

/** A participant as `list` tells it. */
export interface ListedParticipant {
  readonly uid: string;
  readonly cid: string;
  readonly speaking: boolean;
}

export interface EngineInfo {
  /** When the counters last changed, RFC 3339. */
  readonly updated_at: string;
  readonly active_peers: number;
  readonly closed_peers: number;
  readonly active_rooms: number;
  readonly closed_rooms: number;
}

export interface Signalling {
  publish(call: PublishCall): { readonly cid: string; readonly answer: SessionDescription };
  restart(peer: PeerName, jsep: string): SessionDescription;
  end(peer: PeerName): void;
  /** `candidate` is the JSON text of the candidate; an empty candidate in any of its forms is accepted silently. */
  trickle(peer: PeerName, candidate: string): void;
  /** @returns the offer that brings the peer up to date, or null when there is nothing new */
  subscribe(peer: PeerName): SessionDescription | null;
  answer(peer: PeerName, jsep: string): void;
  /** The participant says that it is muted, or no longer: the others are told. */
  mute(peer: PeerName, muted: boolean): void;
  /**
   * Says how many participants of the room are forwarded at a time, for as long as the room lasts.
   * @param loudest 0 for everybody, null for as many as the engine is configured to
   */
  limit(peer: PeerName, loudest: number | null): void;
  /** Decides what a participant may do, from now on and when its uid comes again; what is not named stays. */
  permit(user: UserName, changes: Partial<Permissions>): void;
  /** Lets nobody hear a participant, whatever it sends, or ends that. */
  silence(user: UserName, silenced: boolean): void;
  /** Takes a participant out and does not let its uid in for a while. */
  remove(user: UserName): void;
  /** @returns how many participants of the room are forwarded at a time, null for all */
  loudest(rid: string): number | null;
  list(rid: string): readonly ListedParticipant[];
  /** @returns whether anybody is in the room */
  hasRoom(rid: string): boolean;
  info(): EngineInfo;
}
