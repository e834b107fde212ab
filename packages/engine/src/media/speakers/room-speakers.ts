import type { PublicationId } from '../../contract/messages.js';
import { SlotStream } from '../forward/slot-stream.js';
import type { SourceStream } from '../forward/source-stream.js';
import type { Subscriber } from '../forward/subscriber.js';
import type { WorkerMemory } from '../memory.js';
import { Seats } from './seats.js';

/** Is told who sits, by seat, when that has changed; null for a free one. */
export type SeatsChanged = (seats: readonly (PublicationId | null)[]) => void;

/**
 * The streams of one room on this worker: its own publications, and those of other workers as they are relayed here. Who
 * has a seat is forwarded; each worker decides that for itself, among what it has.
 */
export class RoomSpeakers {
  readonly #memory: WorkerMemory;
  readonly #changed: SeatsChanged;
  /** With the participant whose stream it is, null for one of another worker. */
  readonly #streams = new Map<SourceStream, Subscriber | null>();
  readonly #seats = new Seats<SourceStream>();
  /** Who sits, as the streams were told last. */
  #seated: (SourceStream | null)[] = [];
  /** By number; made when somebody subscribes first. */
  readonly #slots = new Map<number, SlotStream>();
  /** Whether those without a seat are forwarded to their subscribers all the same. */
  #forwardsAll = true;

  constructor(memory: WorkerMemory, changed: SeatsChanged) {
    this.#memory = memory;
    this.#changed = changed;
  }

  /** Gives the memory of slots back to which nobody has subscribed. */
  close(): void {
    for (const slot of this.#slots.values()) slot.close();
  }

  /** Whether there is nothing here to remember. */
  get isEmpty(): boolean {
    if (this.#streams.size > 0 || this.#seats.count > 0) return false;
    for (const slot of this.#slots.values()) if (slot.subscribers > 0) return false;
    return true;
  }

  /**
   * Sets how many sit, from now on: with `loudest` so many, and only they are forwarded; without it as many as there are
   * slots, and the others are forwarded as well.
   * @param loudest null for no limit
   * @param now ms
   */
  limit(loudest: number | null, slots: number, now: number): void {
    this.#forwardsAll = loudest === null;
    const count = loudest ?? slots;
    const isFirst = this.#seats.count === 0 && count > 0;
    this.#seats.resize(count, now);
    const streams = [...this.#streams.keys()];
    if (isFirst) for (const stream of streams.toSorted(byScore)) this.#seats.hear(stream, now);
    for (const stream of streams) {
      stream.isCandidate = count > 0;
      this.#judge(stream);
    }
    this.#follow();
  }

  /**
   * @param publisher the participant whose stream it is, null for one of another worker
   */
  add(stream: SourceStream, publisher: Subscriber | null): void {
    this.#streams.set(stream, publisher);
    stream.isCandidate = this.#seats.count > 0;
    this.#judge(stream);
  }

  remove(stream: SourceStream): void {
    this.#seats.remove(stream);
    this.#follow();
    this.#streams.delete(stream);
  }

  /**
   * What a stream claims may have changed.
   * @param now ms
   */
  hear(stream: SourceStream, now: number): void {
    if (this.#seats.count === 0) return;
    this.#seats.hear(stream, now);
    this.#follow();
  }

  /** @param now ms */
  tick(now: number): void {
    if (this.#seats.count === 0) return;
    for (const stream of this.#streams.keys()) {
      if (stream.tick(now)) this.#seats.hear(stream, now);
    }
    this.#seats.tick(now);
    this.#seats.moveUp((to, from) => this.#subscribersOf(to) > this.#subscribersOf(from));
    this.#follow();
  }

  /** When {@link tick} has something to do unless something comes, ms; infinite when nothing waits for time to pass. */
  get dueAt(): number {
    if (this.#seats.count === 0) return Number.POSITIVE_INFINITY;
    let { dueAt } = this.#seats;
    for (const stream of this.#streams.keys()) dueAt = Math.min(dueAt, stream.dueAt);
    return dueAt;
  }

  /** What is heard from one seat. */
  slot(number: number): SlotStream {
    const existing = this.#slots.get(number);
    if (existing !== undefined) return existing;
    const slot = new SlotStream(this.#memory);
    this.#slots.set(number, slot);
    const holder = this.#seats.holder(number);
    if (holder !== null) this.#seat(holder, number);
    return slot;
  }

  #subscribersOf(seat: number): number {
    return this.#slots.get(seat)?.subscribers ?? 0;
  }

  /** Tells the streams who has a seat now: first those who have lost one, since somebody may have moved. */
  #follow(): void {
    const count = Math.max(this.#seats.count, this.#seated.length);
    let changes = this.#seats.count !== this.#seated.length;
    for (let seat = 0; seat < count; seat++) {
      const before = this.#seated[seat] ?? null;
      if (before === null || before === this.#seats.holder(seat)) continue;
      changes = true;
      before.rise();
      this.#slots.get(seat)?.rest();
      this.#judge(before);
    }
    for (let seat = 0; seat < this.#seats.count; seat++) {
      const holder = this.#seats.holder(seat);
      if (holder === null || holder === this.#seated[seat]) continue;
      changes = true;
      this.#seat(holder, seat);
      this.#judge(holder);
    }
    if (!changes) return;
    this.#seated = Array.from({ length: this.#seats.count }, (_, seat) => this.#seats.holder(seat));
    this.#changed(this.#seated.map((holder) => holder?.id ?? null));
  }

  #seat(holder: SourceStream, seat: number): void {
    const slot = this.#slots.get(seat) ?? null;
    slot?.follow(holder.cache, this.#streams.get(holder) ?? null);
    holder.sit(slot);
  }

  /** Whether a stream is forwarded. */
  #judge(stream: SourceStream): void {
    stream.suppress(!this.#forwardsAll && this.#seats.seatOf(stream) < 0);
  }
}

/** The most dominant first. */
function byScore(one: SourceStream, other: SourceStream): number {
  return other.score - one.score;
}
