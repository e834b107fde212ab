import type { LimitRoom, RoomId, Speakers } from '../../contract/messages.js';
import type { SlotStream } from '../forward/slot-stream.js';
import type { SourceStream } from '../forward/source-stream.js';
import type { Subscriber } from '../forward/subscriber.js';
import type { WorkerMemory } from '../memory.js';
import { RoomSpeakers } from './room-speakers.js';

/** The rooms of this worker, and who of each is forwarded. */
export class SpeakerSelection {
  readonly #memory: WorkerMemory;
  readonly #post: (event: Speakers) => void;
  readonly #rooms = new Map<RoomId, RoomSpeakers>();
  readonly #roomOf = new Map<SourceStream, RoomId>();

  constructor(memory: WorkerMemory, post: (event: Speakers) => void) {
    this.#memory = memory;
    this.#post = post;
  }

  /** @param now ms */
  limit({ roomId, loudest, slots }: LimitRoom, now: number): void {
    const room = this.#room(roomId);
    room.limit(loudest, slots, now);
    this.#forget(roomId, room);
  }

  /** @param publisher the participant whose stream it is, null for one of another worker */
  add(roomId: RoomId, stream: SourceStream, publisher: Subscriber | null): void {
    this.#roomOf.set(stream, roomId);
    this.#room(roomId).add(stream, publisher);
  }

  remove(stream: SourceStream): void {
    const roomId = this.#roomOf.get(stream);
    if (roomId === undefined) return;
    this.#roomOf.delete(stream);
    const room = this.#room(roomId);
    room.remove(stream);
    this.#forget(roomId, room);
  }

  /**
   * What a stream claims may have changed.
   * @param now ms
   */
  hear(stream: SourceStream, now: number): void {
    const roomId = this.#roomOf.get(stream);
    if (roomId !== undefined) this.#rooms.get(roomId)?.hear(stream, now);
  }

  /** What is heard from one seat of a room. */
  slot(roomId: RoomId, number: number): SlotStream {
    return this.#room(roomId).slot(number);
  }

  /**
   * @param now ms
   * @returns when there is something to do next unless something comes, ms
   */
  tick(now: number): number {
    let dueAt = Number.POSITIVE_INFINITY;
    for (const [roomId, room] of this.#rooms) {
      room.tick(now);
      dueAt = Math.min(dueAt, room.dueAt);
      // Those who had subscribed to its slots may have been the last of it.
      this.#forget(roomId, room);
    }
    return dueAt;
  }

  #room(roomId: RoomId): RoomSpeakers {
    const existing = this.#rooms.get(roomId);
    if (existing !== undefined) return existing;
    const room = new RoomSpeakers(this.#memory, (seats) => this.#post({ type: 'speakers', roomId, seats }));
    this.#rooms.set(roomId, room);
    return room;
  }

  #forget(roomId: RoomId, room: RoomSpeakers): void {
    if (!room.isEmpty) return;
    room.close();
    this.#rooms.delete(roomId);
  }
}
