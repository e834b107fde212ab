import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { MediaBench, type Published, prepareBenches } from './testing/media-bench.js';
import { CONNECT_TIMEOUT, CONNECTIVITY_TIMEOUT, MEDIA_TIMEOUT } from './transport-timeouts.js';
import { MAX_DATAGRAM } from './udp/sockets.js';

const parts = await prepareBenches();
let bench: MediaBench;
beforeEach(() => {
  bench = new MediaBench(parts);
});
afterEach(() => bench.close());

function speak({ stream }: Published, packets: number, spacing = 20): void {
  for (let i = 0; i < packets; i++) {
    stream.send();
    bench.advance(spacing);
  }
}

describe('a transport is closed', () => {
  test("that never connects: 'connect-timeout'", () => {
    const used = bench.memory.used;
    const [silent, halfway] = [bench.admit(), bench.admit()];
    halfway.check();
    bench.advance(CONNECT_TIMEOUT - 100);
    expect(bench.events).toHaveLength(0);
    bench.advance(200);
    for (const peer of [silent, halfway]) expect(bench.closeReason(peer)).toBe('connect-timeout');
    expect(bench.statistics().transports).toBe(0);
    expect(bench.dataPath.tick(bench.now)).toBe(Number.POSITIVE_INFINITY);
    expect(bench.memory.used).toBe(used);
  });

  test("that neither checks nor sends for a minute: 'connectivity-timeout'", () => {
    const listener = bench.join();
    bench.advance(30_000);
    listener.keepsAlive = false;
    listener.check();
    bench.advance(CONNECTIVITY_TIMEOUT - 100);
    expect(bench.closeReason(listener)).toBeNull();
    bench.advance(200);
    expect(bench.closeReason(listener)).toBe('connectivity-timeout');
  });

  test("whose media stops for a minute: 'media-timeout', however often it checks", () => {
    const publication = bench.publish(bench.join());
    speak(publication, 3, 0);
    bench.advance(MEDIA_TIMEOUT - 100);
    expect(bench.closeReason(publication.peer)).toBeNull();
    bench.advance(200);
    expect(bench.closeReason(publication.peer)).toBe('media-timeout');
  });

  test('not when it only listens, as long as it checks', () => {
    const publication = bench.publish(bench.join());
    const listener = bench.join();
    bench.subscribe(listener, publication);
    for (let i = 0; i < 60; i++) speak(publication, 1, 5_000);
    expect(bench.closeReason(listener)).toBeNull();
    expect(listener.heard).toHaveLength(60);
  });

  test('not when it has stopped publishing and listens from then on', () => {
    const publication = bench.publish(bench.join());
    speak(publication, 3, 0);
    bench.control({ type: 'close-publication', publicationId: publication.id });
    bench.advance(2 * MEDIA_TIMEOUT);
    expect(bench.closeReason(publication.peer)).toBeNull();
  });

  test('not when it sends without checking', () => {
    const publication = bench.publish(bench.join());
    publication.peer.keepsAlive = false;
    for (let i = 0; i < 40; i++) speak(publication, 1, 5_000);
    expect(bench.closeReason(publication.peer)).toBeNull();
  });

  test('once, and control hears of it once', () => {
    const publication = bench.publish(bench.join());
    speak(publication, 1);
    bench.advance(3 * MEDIA_TIMEOUT);
    expect(bench.events.filter(({ type }) => type === 'transport-closed')).toHaveLength(1);
    expect(bench.drops.get('ice-unknown-ufrag')).toBe(0);
  });
});

describe('closing everything', () => {
  test('tells each peer, and gives all memory back', () => {
    const used = bench.memory.used;
    const publications = [0, 1, 2].map(() => bench.publish(bench.join()));
    for (const { peer } of publications) {
      for (const publication of publications)
        if (publication.peer !== peer) bench.subscribe(peer, publication);
    }
    for (const publication of publications) speak(publication, 1);
    bench.dataPath.close();
    bench.pump();
    for (const { peer } of publications) expect(peer.closed).toBe('dtls-closed');
    expect(bench.memory.used).toBe(used);
    expect(bench.events.filter(({ type }) => type === 'transport-closed')).toHaveLength(0);
  });
});

describe('datagrams of no protocol', () => {
  test.each([
    ['too-short', Buffer.of(0x80)],
    ['too-short', Buffer.alloc(0)],
    ['too-short', Buffer.alloc(19)],
    ['too-long', Buffer.alloc(MAX_DATAGRAM + 1, 0x80)],
    ['unknown-protocol', Buffer.alloc(20, 0xff)],
    ['unknown-protocol', Buffer.alloc(20, 0x40)],
    ['unknown-protocol', Buffer.alloc(20, 0x10)],
    ['stun-wrong-cookie', Buffer.alloc(20)],
  ])('are dropped as %s', (reason, bytes) => {
    const peer = bench.join();
    const before = bench.drops.get(reason);
    peer.send(bytes);
    bench.pump();
    expect(bench.drops.get(reason)).toBe(before + 1);
  });
});

describe('statistics', () => {
  test('account for every packet, in and out', () => {
    const publications = [0, 1, 2].map(() => bench.publish(bench.join()));
    for (const { peer } of publications) {
      for (const publication of publications)
        if (publication.peer !== peer) bench.subscribe(peer, publication);
    }
    const before = bench.statistics();
    for (const publication of publications) speak(publication, 10);
    const [first] = publications;
    if (first === undefined) throw new Error('nobody is there');
    const copy = first.stream.next();
    for (let i = 0; i < 3; i++) first.peer.send(copy);
    first.peer.send(Buffer.alloc(20, 0xff));
    first.peer.send(copy, '203.0.113.3:333');
    first.peer.check();
    const after = bench.statistics();
    expect(after.transports).toBe(3);
    const dropped = Object.values(after.drops).reduce((sum, count) => sum + count, 0);
    expect(after.drops).toEqual({
      'srtp-replayed': 2,
      'unknown-protocol': 1,
      'unknown-source': 1,
      'receive-buffer-full': 0,
      'send-refused': 0,
      'ring-full': 0,
    });
    expect(dropped).toBe(4);
    const media = 31;
    expect(after.packetsIn - before.packetsIn).toBe(media + dropped + 1);
    const reports = (after.rtcp['generated:RR'] ?? 0) - (before.rtcp['generated:RR'] ?? 0);
    expect(after.packetsOut - before.packetsOut).toBe(2 * media + reports + 1);
    expect(after.octetsIn).toBeGreaterThan(before.octetsIn);
    expect(after.octetsOut).toBeGreaterThan(before.octetsOut);
  });
});

describe('control messages about what is gone', () => {
  test('do nothing', () => {
    const publication = bench.publish(bench.join());
    const listener = bench.join();
    const subscription = bench.subscribe(listener, publication);
    bench.leave(publication.peer);
    bench.leave(listener);
    const used = bench.memory.used;
    bench.leave(listener);
    bench.restartIce(listener);
    bench.control({ type: 'close-publication', publicationId: publication.id });
    bench.switchTo(subscription, publication);
    bench.unsubscribe(subscription);
    bench.publish(listener);
    bench.subscribe(listener, publication);
    expect(bench.memory.used).toBe(used);
    expect(bench.statistics().transports).toBe(0);
  });

  test('leave a subscription without a source idle', () => {
    const listener = bench.join();
    const subscription = bench.subscribe(listener, { id: 9999 });
    const publication = bench.publish(bench.join());
    bench.switchTo(subscription, { id: 9998 });
    speak(publication, 1);
    bench.switchTo(subscription, publication);
    speak(publication, 1);
    expect(listener.heard).toHaveLength(1);
  });
});
