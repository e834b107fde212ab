/** The rooms of an engine and the sockets of those in it. */
import type { LiveNotifications } from '@kraken/protocol';
import { vi } from 'vitest';
import type { PeerName } from '../../room/signalling.js';
import { SimulatedClient } from '../../room/testing/simulated-client.js';
import { TestEngine } from '../../room/testing/test-engine.js';
import { type LiveChannel, LiveRooms, OFFER_DELAY } from '../live-rooms.js';

/** Keeps what is sent to one socket. */
export class Channel implements LiveChannel {
  backlog = 0;
  isReplaced = false;
  readonly #texts: string[] = [];

  send(text: string): void {
    this.#texts.push(text);
  }

  replaced(): void {
    this.isReplaced = true;
  }

  /** Takes what was sent under this method since the last time. */
  take<M extends keyof LiveNotifications>(method: M): LiveNotifications[M][] {
    const taken = this.#texts.map((text) => JSON.parse(text)).filter((message) => message.method === method);
    const left = this.#texts.filter((text) => JSON.parse(text).method !== method);
    this.#texts.splice(0, this.#texts.length, ...left);
    return taken.map(({ params }) => params);
  }

  get methods(): string[] {
    return this.#texts.map((text) => JSON.parse(text).method);
  }
}

/** Somebody who has published, and the socket that belongs to it, which may not be attached. */
export interface Joined {
  readonly name: PeerName;
  readonly transportId: number;
  readonly client: SimulatedClient;
  readonly channel: Channel;
}

/** A control plane whose rooms are told of over sockets; its timers are vitest's. */
export class LiveBench {
  readonly engine = new TestEngine();
  readonly bugs: unknown[] = [];
  readonly live = new LiveRooms(
    this.engine.control,
    () => Date.now(),
    (error) => this.bugs.push(error),
  );

  constructor() {
    this.engine.control.observe(this.live);
  }

  /** @param channel null for one who polls */
  join(uid: string, channel: Channel | null = new Channel()): Joined {
    const client = new SimulatedClient('sendrecv');
    const { name, answer, transportId } = this.engine.publish('room', uid, client.offer());
    client.takeAnswer(answer);
    if (channel !== null) this.live.attach(name, channel);
    return { name, transportId, client, channel: channel ?? new Channel() };
  }

  answer({ name, client }: Joined, { sdp }: { readonly sdp: string }): void {
    this.engine.control.answer(name, JSON.stringify({ type: 'answer', sdp: client.answer(sdp) }));
  }

  /** @returns the offers that a participant has got by now, and gets when what happens together is offered together */
  offersOf({ channel }: Joined): LiveNotifications['offer'][] {
    vi.advanceTimersByTime(OFFER_DELAY);
    return channel.take('offer');
  }
}
