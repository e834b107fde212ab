import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { OpenSubscription } from '../contract/messages.js';
import { MediaBench, type Published, prepareBenches } from './testing/media-bench.js';
import type { TestPeer } from './testing/test-peer.js';

const SSRCS = [101, 102, 103];

const parts = await prepareBenches();

/** What happens next; the numbers choose among what there is and what there was. */
type Step =
  | { readonly does: 'join'; readonly room: number }
  | { readonly does: 'leave' | 'restart' | 'move'; readonly peer: number }
  | { readonly does: 'publish'; readonly peer: number }
  | { readonly does: 'unpublish' | 'lose'; readonly publication: number }
  | { readonly does: 'speak'; readonly publication: number; readonly packets: number }
  | { readonly does: 'speak-late'; readonly publication: number }
  | { readonly does: 'leap'; readonly publication: number; readonly packets: number }
  | { readonly does: 'subscribe'; readonly peer: number; readonly publication: number; readonly ssrc: number }
  | { readonly does: 'switch'; readonly subscription: number; readonly publication: number }
  | { readonly does: 'unsubscribe'; readonly subscription: number }
  | { readonly does: 'wait'; readonly milliseconds: number };

const some = fc.nat(30);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 2,
    arbitrary: fc.record({ does: fc.constant('join' as const), room: fc.integer({ min: 1, max: 2 }) }),
  },
  { weight: 2, arbitrary: fc.record({ does: fc.constantFrom('leave', 'restart', 'move'), peer: some }) },
  { weight: 2, arbitrary: fc.record({ does: fc.constant('publish' as const), peer: some }) },
  { weight: 1, arbitrary: fc.record({ does: fc.constantFrom('unpublish', 'lose'), publication: some }) },
  {
    weight: 10,
    arbitrary: fc.record({
      does: fc.constant('speak' as const),
      publication: some,
      packets: fc.integer({ min: 1, max: 4 }),
    }),
  },
  { weight: 3, arbitrary: fc.record({ does: fc.constant('speak-late' as const), publication: some }) },
  {
    weight: 1,
    arbitrary: fc.record({ does: fc.constant('leap' as const), publication: some, packets: fc.nat(0x7fff) }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      does: fc.constant('subscribe' as const),
      peer: some,
      publication: some,
      ssrc: fc.constantFrom(...SSRCS),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ does: fc.constant('switch' as const), subscription: some, publication: some }),
  },
  { weight: 2, arbitrary: fc.record({ does: fc.constant('unsubscribe' as const), subscription: some }) },
  { weight: 2, arbitrary: fc.record({ does: fc.constant('wait' as const), milliseconds: fc.nat(2_000) }) },
);

/** A call in which anything may happen, also to what is gone by then. */
class Call {
  readonly bench = new MediaBench(parts);
  readonly used = this.bench.memory.used;
  readonly #peers: TestPeer[] = [];
  readonly #left = new Set<TestPeer>();
  readonly #publications: Published[] = [];
  readonly #subscriptions: OpenSubscription[] = [];

  take(next: Step): void {
    const { bench } = this;
    const peer = 'peer' in next ? this.#choose(this.#peers, next.peer) : undefined;
    const publication =
      'publication' in next ? this.#choose(this.#publications, next.publication) : undefined;
    const subscription =
      'subscription' in next ? this.#choose(this.#subscriptions, next.subscription) : undefined;
    switch (next.does) {
      case 'join':
        this.#peers.push(bench.join({ roomId: next.room }));
        break;
      case 'leave':
        if (peer !== undefined) this.#leave(peer);
        break;
      case 'restart':
        if (peer !== undefined) bench.restartIce(peer);
        break;
      case 'move':
        if (peer !== undefined) this.#move(peer);
        break;
      case 'publish':
        if (peer !== undefined) this.#publications.push(bench.publish(peer));
        break;
      case 'unpublish':
        bench.control({ type: 'close-publication', publicationId: publication?.id ?? 0 });
        break;
      case 'lose':
        publication?.stream.skip(3);
        break;
      case 'speak':
        for (let i = 0; i < next.packets; i++) publication?.stream.send();
        break;
      case 'speak-late':
        this.#speakLate(publication);
        break;
      case 'leap':
        publication?.stream.skip(next.packets);
        break;
      case 'subscribe':
        if (peer !== undefined && publication !== undefined)
          this.#subscriptions.push(bench.subscribe(peer, publication, { ssrc: next.ssrc }));
        break;
      case 'switch':
        if (subscription !== undefined) bench.switchTo(subscription, publication ?? { id: 0 });
        break;
      case 'unsubscribe':
        if (subscription !== undefined) bench.unsubscribe(subscription);
        break;
      case 'wait':
        bench.advance(next.milliseconds);
        break;
    }
    bench.advance(5);
  }

  /** Packets of media that anybody heard. */
  get heard(): number {
    return this.#peers.reduce((sum, peer) => sum + peer.heard.length, 0);
  }

  /** @returns octets of memory that are still in use when everybody has left */
  end(): number {
    for (const peer of this.#peers) this.#leave(peer);
    return this.bench.memory.used - this.used;
  }

  #choose<Item>(from: readonly Item[], number: number): Item | undefined {
    return from[number % Math.max(from.length, 1)];
  }

  #leave(peer: TestPeer): void {
    this.bench.leave(peer);
    this.#left.add(peer);
  }

  #move(peer: TestPeer): void {
    if (this.#left.has(peer)) return;
    peer.address = `198.51.100.${peer.transportId}:${1024 + this.bench.newId()}`;
    peer.check();
  }

  #speakLate(publication: Published | undefined): void {
    if (publication === undefined) return;
    const { stream, peer } = publication;
    const overtaken = stream.next();
    stream.send();
    peer.send(overtaken);
  }
}

test('whatever happens in a call, no keystream is used twice, nothing throws and nothing is left over', () => {
  let heard = 0;
  fc.assert(
    fc.property(fc.array(step, { minLength: 40, maxLength: 120, size: 'max' }), (steps) => {
      const call = new Call();
      for (const room of [1, 1, 1]) call.take({ does: 'join', room });
      for (const peer of [0, 1, 1]) call.take({ does: 'publish', peer });
      for (const next of steps) call.take(next);
      expect(call.end()).toBe(0);
      heard += call.heard;
    }),
    { numRuns: 80 },
  );
  expect(heard).toBeGreaterThan(1_000);
});
