import type { LeftReason } from './api.js';
import { Member } from './member.js';
import type { Departure, LiveParticipant } from './signalling/protocol.js';
import type { Voice } from './voice.js';

export interface RosterEvents {
  onJoined(member: Member): void;
  onLeft(member: Member, reason: LeftReason): void;
  onUpdated(member: Member): void;
  onSpeaking(member: Member): void;
  onVolume(member: Member): void;
}

/** Who is in the room, by what the server tells and, where it pushes nothing, by its list and its offers. */
export class Roster {
  readonly me: Member;
  readonly #others = new Map<string, Member>();
  readonly #events: RosterEvents;
  readonly #awaited = new Set<string>();
  #voices: ReadonlyMap<string, Voice> = new Map();
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(uid: string, events: RosterEvents) {
    this.me = new Member(uid, () => {});
    this.#events = events;
  }

  get others(): ReadonlyMap<string, Member> {
    return this.#others;
  }

  /** @returns what is heard of somebody */
  voiceOf(uid: string): Voice | undefined {
    return this.#voices.get(uid);
  }

  /**
   * Everybody who is there now, as the server pushes it.
   * @param patience milliseconds in which those who are missing may come back: after a reconnection all of a room come
   *   one after the other
   */
  reset(states: readonly LiveParticipant[], patience: number): void {
    for (const state of states) this.put(state);
    this.#missing(new Set(states.map(({ uid }) => uid)), patience);
  }

  /** Somebody came, or is different now. */
  put(state: LiveParticipant): void {
    const { uid } = state;
    this.#awaited.delete(uid);
    const known = uid === this.me.uid ? this.me : this.#others.get(uid);
    if (known === undefined) {
      this.#add(uid, state);
      return;
    }
    // Of oneself, what one has just said counts, not what the server had heard by then.
    const changed = known.take(known === this.me ? { ...state, muted: this.me.muted } : state);
    if (changed) this.#events.onUpdated(known);
    this.setSpeaking(known, state.speaking);
  }

  /** Somebody went; who is there again with another cid has not. */
  remove({ uid, cid, reason }: Departure): void {
    const member = this.#others.get(uid);
    if (member !== undefined && (member.cid === '' || member.cid === cid)) this.#drop(member, reason);
  }

  /** The server's list, which tells no more than who is there. */
  list(uids: readonly string[], patience: number): void {
    const present = new Set([...uids, ...this.#voices.keys()]);
    present.delete(this.me.uid);
    for (const uid of present) {
      this.#awaited.delete(uid);
      if (!this.#others.has(uid)) this.#add(uid, null);
    }
    this.#missing(present, patience);
  }

  /**
   * What can be heard now.
   * @param tells whether nobody else tells who is there and publishes
   */
  hear(voices: Iterable<Voice>, tells: boolean): void {
    this.#voices = new Map([...voices].map((voice) => [voice.uid, voice]));
    if (tells) for (const uid of this.#voices.keys()) if (!this.#others.has(uid)) this.#add(uid, null);
    for (const member of this.#others.values()) {
      const voice = this.#voices.get(member.uid);
      const stream = voice?.stream ?? null;
      const publishing = tells ? voice?.receiver.track.muted === false : member.publishing;
      if (member.stream === stream && member.publishing === publishing) continue;
      Object.assign(member, { stream, publishing });
      this.#events.onUpdated(member);
    }
  }

  setSpeaking(member: Member, speaking: boolean): void {
    if (member.speaking === speaking) return;
    member.speaking = speaking;
    this.#events.onSpeaking(member);
  }

  close(): void {
    clearTimeout(this.#timer);
  }

  #add(uid: string, state: LiveParticipant | null): void {
    if (uid === this.me.uid) return;
    const member = new Member(uid, (changed) => this.#events.onVolume(changed));
    const voice = this.#voices.get(uid);
    if (state !== null) member.take(state);
    else member.publishing = voice?.receiver.track.muted === false;
    member.stream = voice?.stream ?? null;
    this.#others.set(uid, member);
    this.#events.onJoined(member);
    this.setSpeaking(member, state?.speaking ?? false);
  }

  #missing(present: ReadonlySet<string>, patience: number): void {
    for (const member of this.#others.values()) {
      if (present.has(member.uid) || this.#awaited.has(member.uid)) continue;
      if (patience === 0) this.#drop(member, 'unknown');
      else this.#awaited.add(member.uid);
    }
    if (patience === 0 || this.#awaited.size === 0) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#giveUp(), patience);
  }

  #giveUp(): void {
    for (const uid of [...this.#awaited]) {
      const member = this.#others.get(uid);
      if (member !== undefined) this.#drop(member, 'lost');
    }
  }

  #drop(member: Member, reason: LeftReason): void {
    this.#awaited.delete(member.uid);
    this.#others.delete(member.uid);
    Object.assign(member, { publishing: false, speaking: false, stream: null, level: 0 });
    this.#events.onLeft(member, reason);
  }
}
