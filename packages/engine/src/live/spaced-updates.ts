/** Keeps one participant, who changes its state as often as it likes, from keeping the engine busy with telling the others. */
import type { Peer } from '../room/peer.js';
import type { Room } from '../room/room.js';

/** How far what is told of one participant is apart, ms for each participant of its room. */
export const UPDATE_SPACING = 0.2;
/** How many changes of a participant are told at once before they are spaced. */
export const UPDATE_BURST = 8;

export class SpacedUpdates {
  readonly #tell: (room: Room, peer: Peer) => void;
  readonly #now: () => number;
  /** When what was told of each has been made up for by silence, ms. */
  readonly #evenAt = new WeakMap<Peer, number>();
  readonly #waiting = new Map<Peer, NodeJS.Timeout>();

  /**
   * @param tell tells the others the state that the participant has then
   * @param now ms, monotonic
   */
  constructor(tell: (room: Room, peer: Peer) => void, now: () => number) {
    this.#tell = tell;
    this.#now = now;
  }

  /** The participant's state has changed: it is told at once or, after many changes, when it is due. */
  request(room: Room, peer: Peer): void {
    if (this.#waiting.has(peer)) return;
    const now = this.#now();
    const spacing = UPDATE_SPACING * room.peers.size;
    const evenAt = Math.max(now, this.#evenAt.get(peer) ?? now) + spacing;
    this.#evenAt.set(peer, evenAt);
    const wait = evenAt - now - UPDATE_BURST * spacing;
    if (wait <= 0) this.#tell(room, peer);
    else this.#tellLater(room, peer, wait);
  }

  /** Nothing more is told. */
  close(): void {
    for (const timer of this.#waiting.values()) clearTimeout(timer);
    this.#waiting.clear();
  }

  #tellLater(room: Room, peer: Peer, wait: number): void {
    const timer = setTimeout(() => {
      this.#waiting.delete(peer);
      if (!peer.closed) this.#tell(room, peer);
    }, wait);
    timer.unref();
    this.#waiting.set(peer, timer);
  }
}
