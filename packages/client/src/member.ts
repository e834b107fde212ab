import type { Participant, Permissions, Quality } from './api.js';
import { nameFromUid } from './identity.js';
import type { LiveParticipant } from './signalling/protocol.js';

/** Somebody in the room: what applications see of it they cannot change. */
export class Member implements Participant {
  readonly uid: string;
  /** By their access token, or else by their uid. */
  name: string;
  cid = '';
  muted = false;
  silenced = false;
  permissions: Permissions = { publish: true, subscribe: true };
  speaking = false;
  publishing = false;
  stream: MediaStream | null = null;
  level = 0;
  quality: Quality = 'unknown';
  readonly #onVolume: (member: Member) => void;
  #volume = 1;

  constructor(uid: string, onVolume: (member: Member) => void) {
    this.uid = uid;
    this.name = nameFromUid(uid);
    this.#onVolume = onVolume;
  }

  get volume(): number {
    return this.#volume;
  }

  set volume(volume: number) {
    this.#volume = Math.min(1, Math.max(0, volume));
    this.#onVolume(this);
  }

  /** @returns whether anything is different now; speaking does not count */
  take(state: LiveParticipant): boolean {
    const { cid, publishing, muted, silenced, permissions = this.permissions } = state;
    const name = state.name ?? nameFromUid(this.uid);
    const same =
      this.name === name &&
      this.cid === cid &&
      this.publishing === publishing &&
      this.muted === muted &&
      this.silenced === silenced &&
      this.#has(permissions);
    Object.assign(this, { name, cid, publishing, muted, silenced, permissions });
    return !same;
  }

  /** @returns whether these are others than before */
  permit(permissions: Permissions): boolean {
    const isNew = !this.#has(permissions);
    this.permissions = permissions;
    return isNew;
  }

  #has({ publish, subscribe }: Permissions): boolean {
    return this.permissions.publish === publish && this.permissions.subscribe === subscribe;
  }
}
