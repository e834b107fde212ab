/** A control plane for tests of the API: records what it is asked and answers what it is told to. */
import type { Permissions } from '@kraken/protocol';
import type { PeerName, PublishCall, Signalling, UserName } from '../room/signalling.js';

export const ANSWER = { type: 'answer', sdp: 'v=0\r\no=answer\r\n' } as const;
export const OFFER = { type: 'offer', sdp: 'v=0\r\no=offer\r\n' } as const;
export const CID = '5a0a3d4e-5c3c-4f0e-8f4e-3a9f1f0f7f11';

export class RecordingSignalling implements Signalling {
  readonly calls: unknown[][] = [];
  /** What the next calls throw, or null. */
  failure: Error | null = null;
  /** Whether subscribe has something new. */
  offering = false;
  /** Whether anybody is in whatever room. */
  holdsRooms = true;

  publish(call: PublishCall) {
    this.#record('publish', call);
    return { cid: CID, answer: ANSWER };
  }

  restart(peer: PeerName, jsep: string) {
    this.#record('restart', peer, jsep);
    return ANSWER;
  }

  end(peer: PeerName) {
    this.#record('end', peer);
  }

  trickle(peer: PeerName, candidate: string) {
    this.#record('trickle', peer, candidate);
  }

  subscribe(peer: PeerName) {
    this.#record('subscribe', peer);
    return this.offering ? OFFER : null;
  }

  answer(peer: PeerName, jsep: string) {
    this.#record('answer', peer, jsep);
  }

  mute(peer: PeerName, muted: boolean) {
    this.#record('mute', peer, muted);
  }

  limit(peer: PeerName, loudest: number | null) {
    this.#record('limit', peer, loudest);
  }

  permit(user: UserName, changes: Partial<Permissions>) {
    this.#record('permit', user, changes);
  }

  silence(user: UserName, silenced: boolean) {
    this.#record('silence', user, silenced);
  }

  remove(user: UserName) {
    this.#record('remove', user);
  }

  loudest(): number | null {
    return null;
  }

  list(rid: string) {
    this.#record('list', rid);
    return [{ uid: 'u1', cid: CID, speaking: false }];
  }

  hasRoom() {
    return this.holdsRooms;
  }

  info() {
    this.#record('info');
    return {
      updated_at: '2026-01-01T00:00:00.000Z',
      active_peers: 1,
      closed_peers: 2,
      active_rooms: 3,
      closed_rooms: 4,
    };
  }

  #record(...call: unknown[]) {
    this.calls.push(call);
    if (this.failure !== null) throw this.failure;
  }
}
