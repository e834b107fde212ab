import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { CONSENT_TIMEOUT, MAX_TUPLES } from './ice/index.js';
import { type MediaBench, type Published, prepareBenches } from './testing/media-bench.js';
import { buildSenderReport } from './testing/rtcp-packets.js';
import { exhaust } from './testing/scarcity.js';
import { SpeakerAndListener } from './testing/speaker-and-listener.js';
import type { TestPeer } from './testing/test-peer.js';

const parts = await prepareBenches();
let pair: SpeakerAndListener;
let bench: MediaBench;
let publication: Published;
let listener: TestPeer;
beforeEach(() => {
  pair = new SpeakerAndListener(parts);
  ({ bench, publication, listener } = pair);
});
afterEach(() => bench.close());

describe('connectivity checks', () => {
  test('are answered over IPv4 and IPv6, each by its own socket', () => {
    expect(bench.join({ address: '[2001:db8::7]:4000' }).isConnected).toBe(true);
    expect(bench.join({ address: '[2001:db8::7]:4001' }).isConnected).toBe(true);
  });

  test('without integrity, or with a wrong one, have no effect', () => {
    const victim = listener.address;
    const stranger = bench.admit();
    for (const password of [null, 'not the password at all']) {
      expect(listener.check({ password, from: '203.0.113.66:666' })).toBeNull();
      expect(stranger.check({ password, from: victim })).toBeNull();
    }
    expect(bench.drops.get('ice-no-integrity')).toBe(1);
    expect(bench.drops.get('ice-wrong-integrity')).toBe(1);
    expect(bench.drops.get('ice-address-taken')).toBe(2);
    expect(bench.stray).toHaveLength(0);
    expect(pair.speak(3)).toBe(3);
  });

  test('for nobody are not answered', () => {
    expect(listener.check({ credentials: { ...listener.ice, localUfrag: 'nobody' } })).toBeNull();
    expect(bench.drops.get('ice-unknown-ufrag')).toBe(1);
  });

  test('of a peer in the wrong role are refused and change nothing', () => {
    expect(listener.check({ role: 'controlled', from: '203.0.113.66:666' })).toBe('error');
    expect(bench.drops.get('ice-refused-487')).toBe(1);
    publication.peer.send(publication.stream.next(), '203.0.113.66:666');
    bench.pump();
    expect(bench.drops.get('unknown-source')).toBe(1);
  });

  test('that are copied to another address take nothing there', () => {
    const copy = listener.buildCheck({ transactionId: Buffer.alloc(12, 7) });
    listener.send(copy);
    listener.send(copy, '203.0.113.66:666');
    bench.pump();
    expect(bench.drops.get('ice-replayed')).toBe(1);
    expect(pair.speak(2)).toBe(2);
    expect(bench.stray).toHaveLength(0);
  });
});

describe('a new address', () => {
  test('that is checked and nominated has the media at once, under the same keys', () => {
    const old = listener.address;
    expect(pair.speak(2)).toBe(2);
    bench.advance(10_000);
    listener.address = '198.51.100.4:44444';
    listener.check();
    const atOldAddress: string[] = [];
    bench.downlink = (bytes) => {
      if (listener.address !== old) return [bytes];
      atOldAddress.push(old);
      return [];
    };
    expect(pair.speak(5)).toBe(5);
    expect(atOldAddress).toHaveLength(0);
  });

  test('of the publisher goes on with its stream', () => {
    expect(pair.speak(2)).toBe(2);
    publication.peer.address = '[2001:db8::44]:44444';
    publication.stream.send();
    bench.pump();
    expect(bench.drops.get('unknown-source')).toBe(1);
    publication.peer.check({ nominates: false });
    expect(pair.speak(3)).toBe(3);
  });

  test('has the media before long even when nobody nominates it, once the old one falls silent', () => {
    listener.keepsAlive = false;
    listener.address = '198.51.100.4:44444';
    bench.advance(9_000);
    listener.check({ nominates: false });
    expect(pair.speak(3)).toBe(3);
  });

  test('that belonged to another transport is its no more', () => {
    const other = bench.join();
    bench.subscribe(other, publication);
    other.keepsAlive = false;
    listener.address = other.address;
    bench.advance(10_000);
    listener.check();
    expect(pair.speak(3)).toBe(3);
    expect(other.heard).toHaveLength(0);
    // It comes back from elsewhere.
    other.address = '198.51.100.9:9999';
    other.check();
    expect(pair.speak(3)).toBe(3);
    expect(other.heard).toHaveLength(3);
  });

  test('too many of them: the stalest is forgotten, and memory does not grow', () => {
    const first = listener.address;
    const addresses = Array.from({ length: 3 * MAX_TUPLES }, (_, i) => `198.51.100.20:${2000 + i}`);
    for (const from of addresses.slice(0, MAX_TUPLES)) {
      bench.advance(100);
      listener.check({ from, nominates: false });
    }
    const used = bench.memory.used;
    for (const from of addresses.slice(MAX_TUPLES)) {
      bench.advance(100);
      expect(listener.check({ from, nominates: false })).toBe('success');
    }
    expect(bench.memory.used).toBe(used);
    expect(listener.address).toBe(first);
    expect(pair.speak(3)).toBe(3);
    listener.send(Buffer.alloc(12, 0x80), addresses[0]);
    bench.pump();
    expect(bench.drops.get('unknown-source')).toBe(1);
  });
});

describe('when worker memory is full', () => {
  test('a new address is not kept, and media stays where it was', () => {
    expect(pair.speak(1)).toBe(1);
    exhaust(bench.memory);
    const from = '198.51.100.4:44444';
    bench.advance(10_000);
    listener.keepsAlive = false;
    expect(listener.check({ from })).toBe('success');
    expect(bench.drops.get('ice-no-resources')).toBe(1);
    expect(pair.speak(3)).toBe(3);
    publication.peer.send(publication.stream.next(), from);
    bench.pump();
    expect(bench.drops.get('unknown-source')).toBe(1);
  });

  test('a new address takes the place of one that has to make room', () => {
    const addresses = Array.from({ length: MAX_TUPLES }, (_, i) => `198.51.100.20:${2000 + i}`);
    for (const from of addresses.slice(0, -1)) {
      bench.advance(100);
      listener.check({ from, nominates: false });
    }
    exhaust(bench.memory);
    listener.check({ from: addresses.at(-1) ?? '', nominates: false });
    expect(bench.drops.get('ice-no-resources')).toBe(0);
    listener.send(Buffer.alloc(12, 0x80), addresses[0]);
    bench.pump();
    expect(bench.drops.get('unknown-source')).toBe(1);
  });

  test('old credentials die with a check over an address that cannot be kept, as they do otherwise', () => {
    exhaust(bench.memory);
    const old = bench.restartIce(listener);
    listener.check({ from: '198.51.100.4:44444' });
    expect(bench.drops.get('ice-no-resources')).toBe(1);
    expect(listener.check({ credentials: old })).toBeNull();
    expect(bench.drops.get('ice-unknown-ufrag')).toBe(1);
  });
});

describe('an ICE restart', () => {
  test('keeps media flowing, and the old credentials die after the first check with the new ones', () => {
    const old = bench.restartIce(listener);
    expect(pair.speak(2)).toBe(2);
    expect(listener.check({ credentials: old })).toBeNull();
    listener.send(listener.buildCheck({ credentials: old }));
    bench.pump();
    expect(bench.drops.get('ice-wrong-username')).toBe(0);
    expect(listener.check()).toBe('success');
    expect(listener.check({ credentials: old })).toBeNull();
    expect(bench.drops.get('ice-unknown-ufrag')).toBe(1);
    expect(pair.speak(2)).toBe(2);
  });

  test('that the peer never takes up leaves the older credentials valid through another restart', () => {
    const first = bench.restartIce(listener);
    const second = bench.restartIce(listener);
    listener.check({ credentials: second });
    expect(bench.drops.get('ice-unknown-ufrag')).toBe(1);
    listener.check({ credentials: first });
    expect(bench.drops.get('ice-unknown-ufrag')).toBe(1);
    expect(listener.check()).toBe('success');
    expect(pair.speak(2)).toBe(2);
  });

  test('moves the media to another address', () => {
    bench.restartIce(listener);
    listener.address = '[2001:db8::44]:44444';
    listener.check();
    expect(pair.speak(3)).toBe(3);
  });
});

describe('consent', () => {
  function report(): void {
    const { ssrc, timestamp } = publication.stream;
    const fields = {
      ssrc,
      ntpSeconds: 1,
      ntpFraction: 2,
      rtpTimestamp: timestamp,
      packetCount: 3,
      octetCount: 4,
    };
    publication.peer.sendRtcp(buildSenderReport(fields));
    bench.pump();
  }

  test('that runs out stops all that goes to the participant, and a later check brings it back', () => {
    pair.speak(1);
    listener.keepsAlive = false;
    listener.check();
    bench.advance(CONSENT_TIMEOUT - 1_000);
    expect(pair.speak(1)).toBe(1);
    bench.advance(1_100);
    const before = listener.datagrams;
    expect(pair.speak(3)).toBe(0);
    report();
    expect(listener.datagrams).toBe(before);
    expect(bench.closeReason(listener)).toBeNull();
    expect(listener.check()).toBe('success');
    expect(pair.speak(3)).toBe(3);
    bench.advance(1_000);
    report();
    expect(listener.rtcp(200)).toHaveLength(1);
  });

  test('that has run out is not brought back by an old check that somebody sends again', () => {
    listener.keepsAlive = false;
    const check = listener.buildCheck({ transactionId: Buffer.alloc(12, 9) });
    listener.send(check);
    bench.advance(CONSENT_TIMEOUT + 100);
    expect(pair.speak(1)).toBe(0);
    listener.send(check);
    publication.stream.send();
    bench.pump();
    expect(listener.heard).toHaveLength(0);
  });

  test('of the others is theirs', () => {
    const other = bench.join();
    bench.subscribe(other, publication);
    listener.keepsAlive = false;
    bench.advance(CONSENT_TIMEOUT + 100);
    expect(pair.speak(4)).toBe(0);
    expect(other.heard).toHaveLength(4);
  });
});
