import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ROUTE_GROUP_SIZE } from '../srtp/index.js';
import { MediaBench, type Published, prepareBenches } from '../testing/media-bench.js';
import { exhaust } from '../testing/scarcity.js';
import type { HeardPacket } from '../testing/test-peer.js';
import { PACKET_TICKS } from '../testing/test-stream.js';
import { SOURCE_CHANGE_SILENCE } from './publication.js';

const parts = await prepareBenches();
let bench: MediaBench;
beforeEach(() => {
  bench = new MediaBench(parts);
});
afterEach(() => bench.close());

/** Sends packets, 20 ms apart. */
function speak({ stream }: Published, packets: number): void {
  for (let i = 0; i < packets; i++) {
    stream.send();
    bench.advance(20);
  }
}

function expectNoGap(heard: readonly HeardPacket[]): void {
  heard.forEach((packet, i) => {
    const before = heard[i - 1];
    if (before === undefined) return;
    expect(packet.index).toBe(before.index + 1);
    expect((packet.timestamp - before.timestamp) | 0).toBeGreaterThanOrEqual(PACKET_TICKS);
  });
}

describe('a subscription begins', () => {
  test('anywhere below half of the sequence numbers, and its timestamps anywhere', () => {
    const publication = bench.publish(bench.join(), { sequenceNumber: 60_000, timestamp: 5 });
    const listeners = Array.from({ length: 8 }, () => bench.join());
    for (const listener of listeners) bench.subscribe(listener, publication);
    speak(publication, 1);
    const firsts = listeners.map(({ heard }) => heard[0]);
    for (const first of firsts) {
      expect(first?.index).toBeGreaterThan(0);
      expect(first?.index).toBeLessThan(0x8000);
    }
    expect(new Set(firsts.map((first) => first?.sequenceNumber)).size).toBeGreaterThan(1);
    expect(new Set(firsts.map((first) => first?.timestamp)).size).toBeGreaterThan(1);
  });

  test('with the first packet after its subscriber has connected', () => {
    const publication = bench.publish(bench.join());
    const late = bench.admit();
    bench.subscribe(late, publication);
    speak(publication, 3);
    expect(late.datagrams).toBe(0);
    late.connect();
    speak(publication, 2);
    expect(late.heard).toHaveLength(2);
    expectNoGap(late.heard);
  });

  test('afresh for a late joiner, while the others notice nothing', () => {
    const publication = bench.publish(bench.join());
    const [early, late] = [bench.join(), bench.join()];
    bench.subscribe(early, publication);
    speak(publication, 10);
    bench.subscribe(late, publication);
    speak(publication, 10);
    expect(early.heard).toHaveLength(20);
    expectNoGap(early.heard);
    expect(late.heard).toHaveLength(10);
    expectNoGap(late.heard);
    expect(late.heard[0]?.index).toBeLessThan(0x8000);
  });

  test('without taking from the others what was overtaken by its first packet, and gets that itself', () => {
    const publication = bench.publish(bench.join());
    const [early, late] = [bench.join(), bench.join()];
    bench.subscribe(early, publication);
    speak(publication, 2);
    const overtaken = publication.stream.next();
    bench.subscribe(late, publication);
    speak(publication, 2);
    publication.peer.send(overtaken);
    speak(publication, 1);
    expect(early.heard).toHaveLength(6);
    expectNoGap(early.heard.toSorted((a, b) => a.index - b.index));
    expect(late.heard).toHaveLength(4);
    expectNoGap(late.heard.toSorted((a, b) => a.index - b.index));
  });

  test('with the newest packet, not with one that was overtaken', () => {
    const publication = bench.publish(bench.join());
    const [early, late] = [bench.join(), bench.join()];
    bench.subscribe(early, publication);
    speak(publication, 2);
    const overtaken = publication.stream.next();
    speak(publication, 1);
    bench.subscribe(late, publication);
    publication.peer.send(overtaken);
    speak(publication, 2);
    expect(early.heard).toHaveLength(6);
    expect(late.heard).toHaveLength(2);
    expectNoGap(late.heard);
  });
});

describe('a subscription for which memory has no room', () => {
  test('begins when there is room, and the others notice nothing', () => {
    const publication = bench.publish(bench.join());
    // With the publisher they fill one key group, so that the next one needs a second route group.
    const [early, ...rest] = Array.from({ length: 3 }, () => bench.join());
    const late = bench.join();
    for (const peer of [early, ...rest]) if (peer !== undefined) bench.subscribe(peer, publication);
    speak(publication, 2);
    const overtaken = publication.stream.next();
    const route = bench.memory.reserve(ROUTE_GROUP_SIZE);
    exhaust(bench.memory);
    bench.subscribe(late, publication);
    speak(publication, 2);
    publication.peer.send(overtaken);
    speak(publication, 2);
    expect(late.heard).toHaveLength(0);
    bench.memory.free(route, ROUTE_GROUP_SIZE);
    speak(publication, 2);
    expect(late.heard).toHaveLength(2);
    expect(early?.heard).toHaveLength(9);
  });
});

describe('a subscription that is switched', () => {
  test('continues its sequence numbers without a gap and its timestamps with the clock', () => {
    const [first, second] = [bench.publish(bench.join()), bench.publish(bench.join())];
    const listener = bench.join();
    const subscription = bench.subscribe(listener, first);
    speak(first, 5);
    bench.switchTo(subscription, second);
    bench.advance(1000);
    speak(second, 5);
    bench.switchTo(subscription, first);
    speak(first, 5);
    expect(listener.heard).toHaveLength(15);
    expectNoGap(listener.heard);
    const [last, next] = [listener.heard[4], listener.heard[5]];
    expect(((next?.timestamp ?? 0) - (last?.timestamp ?? 0)) | 0).toBe(48 * 1020);
    expect(new Set(listener.heard.map(({ ssrc }) => ssrc))).toEqual(new Set([subscription.ssrc]));
  });

  test('does not get packets of the new source from before the switch', () => {
    const [first, second] = [bench.publish(bench.join()), bench.publish(bench.join())];
    const listener = bench.join();
    const subscription = bench.subscribe(listener, first);
    const other = bench.join();
    bench.subscribe(other, second);
    speak(first, 5);
    speak(second, 1);
    const overtaken = [second.stream.next(), second.stream.next()];
    bench.switchTo(subscription, second);
    speak(second, 3);
    for (const packet of overtaken) second.peer.send(packet);
    speak(second, 1);
    expect(bench.drops.get('rtp-older-than-route')).toBe(2);
    expectNoGap(listener.heard);
  });

  test('gets none of them either when one comes as a late joiner waits', () => {
    const [first, second] = [bench.publish(bench.join()), bench.publish(bench.join())];
    const listener = bench.join();
    const subscription = bench.subscribe(listener, first);
    speak(first, 5);
    const overtaken = second.stream.next();
    bench.switchTo(subscription, second);
    speak(second, 3);
    const late = bench.join();
    bench.subscribe(late, second);
    second.peer.send(overtaken);
    speak(second, 2);
    expect(bench.drops.get('rtp-older-than-route')).toBe(1);
    expectNoGap(listener.heard);
    expect(late.heard).toHaveLength(2);
  });

  test('moves its timestamps on even when the last packet before the switch was an overtaken one', () => {
    const [first, second] = [bench.publish(bench.join()), bench.publish(bench.join())];
    const listener = bench.join();
    const subscription = bench.subscribe(listener, first);
    speak(first, 2);
    const overtaken = first.stream.next();
    first.stream.send();
    first.peer.send(overtaken);
    bench.switchTo(subscription, second);
    speak(second, 2);
    const inOrder = listener.heard.toSorted((a, b) => a.index - b.index);
    expect(inOrder).toHaveLength(6);
    expectNoGap(inOrder);
  });

  test('back to where it is goes on there', () => {
    const publication = bench.publish(bench.join());
    const listener = bench.join();
    const subscription = bench.subscribe(listener, publication);
    speak(publication, 3);
    bench.switchTo(subscription, publication);
    speak(publication, 3);
    expect(listener.heard).toHaveLength(6);
    expectNoGap(listener.heard);
  });

  test('to a publication that the same subscriber has already: that subscription falls silent', () => {
    const [first, second] = [bench.publish(bench.join()), bench.publish(bench.join())];
    const listener = bench.join();
    const one = bench.subscribe(listener, first);
    const two = bench.subscribe(listener, second);
    for (const publication of [first, second]) speak(publication, 3);
    // They change places, one message after the other, while both publishers go on.
    bench.switchTo(one, second);
    for (const publication of [first, second]) speak(publication, 2);
    bench.switchTo(two, first);
    for (const publication of [first, second]) speak(publication, 3);
    for (const { ssrc } of [one, two]) expectNoGap(listener.heardFrom(ssrc));
    expect(listener.heardFrom(one.ssrc)).toHaveLength(8);
    expect(listener.heardFrom(two.ssrc)).toHaveLength(6);
  });

  test('away before its first packet leaves nothing behind', () => {
    const [first, second] = [bench.publish(bench.join()), bench.publish(bench.join())];
    const listener = bench.join();
    const subscription = bench.subscribe(listener, first);
    bench.switchTo(subscription, second);
    for (const publication of [first, second]) speak(publication, 2);
    expect(listener.heard).toHaveLength(2);
  });
});

describe('a subscription that is closed', () => {
  test('sends nothing more', () => {
    const publication = bench.publish(bench.join());
    const listener = bench.join();
    const subscription = bench.subscribe(listener, publication);
    speak(publication, 2);
    bench.unsubscribe(subscription);
    speak(publication, 2);
    expect(listener.heard).toHaveLength(2);
  });

  test('and opened again with its SSRC goes on with its SRTP indices', () => {
    const publication = bench.publish(bench.join());
    const listener = bench.join();
    const { subscriptionId, ssrc } = bench.subscribe(listener, publication);
    speak(publication, 4);
    bench.unsubscribe({ subscriptionId });
    speak(publication, 4);
    const again = bench.subscribe(listener, publication, { ssrc });
    speak(publication, 4);
    bench.unsubscribe(again);
    bench.unsubscribe(bench.subscribe(listener, publication, { ssrc }));
    bench.subscribe(listener, publication, { ssrc });
    speak(publication, 4);
    expect(listener.heardFrom(ssrc)).toHaveLength(12);
    expectNoGap(listener.heardFrom(ssrc));
  });

  test('in effect, by another one that opens with its SSRC', () => {
    const [first, second] = [bench.publish(bench.join()), bench.publish(bench.join())];
    const listener = bench.join();
    const { ssrc } = bench.subscribe(listener, first);
    speak(first, 3);
    bench.subscribe(listener, second, { ssrc });
    for (const publication of [first, second]) speak(publication, 3);
    expect(listener.heardFrom(ssrc)).toHaveLength(6);
    expectNoGap(listener.heardFrom(ssrc));
  });
});

describe('a publication', () => {
  test('that changes its SSRC is followed after a silence, and the outgoing numbers continue', () => {
    const old = bench.publish(bench.join(), { ssrcs: [] });
    const listener = bench.join();
    const { ssrc } = bench.subscribe(listener, old);
    speak(old, 5);
    const replacement = { ...old, stream: bench.publish(old.peer, { ssrcs: [] }).stream };
    bench.advance(SOURCE_CHANGE_SILENCE);
    speak(replacement, 5);
    expect(listener.heardFrom(ssrc)).toHaveLength(10);
    expectNoGap(listener.heardFrom(ssrc));
  });

  test('of two SSRCs at once passes the first one on and drops the second', () => {
    const publication = bench.publish(bench.join(), { ssrcs: [], ssrc: 1 });
    const listener = bench.join();
    bench.subscribe(listener, publication);
    speak(publication, 2);
    publication.stream.send({ ssrc: 2 });
    speak(publication, 2);
    expect(bench.drops.get('rtp-ssrc-conflict')).toBe(1);
    expect(listener.heard).toHaveLength(4);
  });

  test('that jumps ahead by half of the sequence numbers and more goes on without using an index twice', () => {
    const publication = bench.publish(bench.join(), { sequenceNumber: 0 });
    const listener = bench.join();
    bench.subscribe(listener, publication);
    for (const jump of [0, 0x7ffe, 0, 0x7ffe, 0, 0x7fff, 0, 0x7ffe, 0x7fff, 0]) {
      publication.stream.skip(jump);
      speak(publication, 1);
    }
    expect(listener.heard).toHaveLength(10);
    expect(listener.heard.map(({ index }) => index)).toEqual(
      listener.heard.map(({ index }) => index).toSorted((a, b) => a - b),
    );
  });

  test('that jumps ahead while it sends what is not passed on uses no index twice', () => {
    const publication = bench.publish(bench.join(), { sequenceNumber: 0 });
    const listener = bench.join();
    bench.subscribe(listener, publication);
    for (let i = 0; i < 6; i++) {
      speak(publication, 2);
      publication.stream.skip(20_000);
      publication.stream.send({ payloadType: 13 });
      publication.stream.skip(20_000);
    }
    expect(listener.heard).toHaveLength(12);
    expect(listener.heard.map(({ index }) => index)).toEqual(
      listener.heard.map(({ index }) => index).toSorted((a, b) => a - b),
    );
  });

  test('that closes leaves its subscriptions idle until they are switched', () => {
    const [first, second] = [bench.publish(bench.join()), bench.publish(bench.join())];
    const listener = bench.join();
    const subscription = bench.subscribe(listener, first);
    speak(first, 3);
    bench.control({ type: 'close-publication', publicationId: first.id });
    speak(first, 3);
    expect(listener.heard).toHaveLength(3);
    bench.switchTo(subscription, second);
    speak(second, 3);
    expect(listener.heard).toHaveLength(6);
    expectNoGap(listener.heard);
  });

  test('that closes with its transport does so as well', () => {
    const [first, second] = [bench.publish(bench.join()), bench.publish(bench.join())];
    const listener = bench.join();
    const subscription = bench.subscribe(listener, first);
    speak(first, 3);
    bench.leave(first.peer);
    bench.switchTo(subscription, second);
    speak(second, 3);
    expect(listener.heard).toHaveLength(6);
    expectNoGap(listener.heard);
  });
});

describe('lanes', () => {
  test('of a subscriber that left serve the next one, under its own keys', () => {
    const publication = bench.publish(bench.join());
    const listeners = Array.from({ length: 4 }, () => bench.join());
    for (const listener of listeners) bench.subscribe(listener, publication);
    speak(publication, 2);
    const used = bench.memory.used;
    let [leaver, ...others] = listeners;
    for (let i = 0; i < 6 && leaver !== undefined; i++) {
      bench.leave(leaver);
      const next = bench.join();
      bench.subscribe(next, publication);
      const before = leaver.datagrams;
      speak(publication, 2);
      expect(next.heard).toHaveLength(2);
      expect(leaver.datagrams).toBe(before);
      expect(bench.memory.used).toBe(used);
      leaver = next;
    }
    for (const { heard } of others) expect(heard).toHaveLength(14);
  });

  test('and everything else are given back when a room empties', () => {
    const before = bench.memory.used;
    for (let round = 0; round < 3; round++) {
      const publications = Array.from({ length: 6 }, () => bench.publish(bench.join()));
      for (const { peer } of publications) {
        for (const publication of publications) {
          if (publication.peer !== peer) bench.subscribe(peer, publication);
        }
      }
      for (const publication of publications) speak(publication, 2);
      for (const { peer } of publications) bench.leave(peer);
      expect(bench.memory.used).toBe(before);
    }
  });
});
