import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { DtlsRole } from '../contract/messages.js';
import { MAX_WAITING_STEPS_PER_TRANSPORT } from './handshake-queue.js';
import { MediaBench, prepareBenches } from './testing/media-bench.js';
import { exhaust } from './testing/scarcity.js';

const ROLES: readonly DtlsRole[] = ['server', 'client'];

const parts = await prepareBenches();
let bench: MediaBench;
beforeEach(() => {
  bench = new MediaBench(parts);
});
afterEach(() => bench.close());

describe.each(ROLES)('the engine as DTLS %s', (dtlsRole) => {
  test('connects a peer whose certificate matches, and tells control once', () => {
    const peer = bench.join({ dtlsRole });
    const { transportId } = peer;
    expect(bench.events).toEqual([{ type: 'transport-connected', transportId }]);
    const publication = bench.publish(peer);
    const listener = bench.join({ dtlsRole });
    bench.subscribe(listener, publication);
    publication.stream.send();
    bench.pump();
    expect(listener.heard).toHaveLength(1);
  });

  test('closes a transport whose peer has another certificate than it announced', () => {
    const used = bench.memory.used;
    const fingerprints = [parts.engineCertificate.fingerprint];
    const peer = bench.admit({ dtlsRole, fingerprints }).connect();
    expect(bench.closeReason(peer)).toBe('dtls-failed');
    expect(bench.events.filter(({ type }) => type === 'transport-connected')).toHaveLength(0);
    expect(peer.closed).toBe('dtls-failed');
    expect(bench.memory.used).toBe(used);
    expect(peer.check()).toBeNull();
  });

  test('closes a transport whose peer sends close_notify, with all that was on it', () => {
    const publication = bench.publish(bench.join({ dtlsRole }));
    const listener = bench.join();
    bench.subscribe(listener, publication);
    bench.subscribe(publication.peer, bench.publish(listener));
    publication.stream.send();
    bench.pump();
    publication.peer.dtls.close();
    bench.pump();
    expect(bench.closeReason(publication.peer)).toBe('dtls-closed');
    expect(bench.closeReason(listener)).toBeNull();
    expect(bench.statistics().transports).toBe(1);
    publication.stream.send();
    bench.pump();
    expect(bench.drops.get('unknown-source')).toBe(1);
    expect(listener.heard).toHaveLength(1);
  });

  test('tells the peer by close_notify when control closes its transport', () => {
    const peer = bench.join({ dtlsRole });
    bench.leave(peer);
    expect(peer.closed).toBe('dtls-closed');
    expect(bench.closeReason(peer)).toBeNull();
  });
});

describe('DTLS', () => {
  test('is taken from addresses that are proven, and from no others', () => {
    const peer = bench.admit();
    peer.dtls.start();
    bench.pump();
    expect(bench.drops.get('unknown-source')).toBe(1);
    expect(peer.datagrams).toBe(0);
  });

  test('goes on after the address has changed, on to its end', () => {
    const peer = bench.join();
    peer.address = '198.51.100.4:4444';
    peer.check();
    peer.dtls.close();
    bench.pump();
    expect(bench.closeReason(peer)).toBe('dtls-closed');
  });
});

/** Many more than a storm of five takes. */
const MOST_TURNS = 100;

describe('a storm of joins', () => {
  /** Spends the whole budget of a turn on one step. */
  function spendBudgets(): void {
    let now = 0;
    bench.clock = () => now++;
  }

  /** Takes away what is sent meanwhile. */
  function captureUplink(action: () => void): Buffer[] {
    const captured: Buffer[] = [];
    bench.uplink = (bytes) => {
      captured.push(bytes);
      return [];
    };
    action();
    bench.pump();
    bench.uplink = (bytes) => [bytes];
    return captured;
  }

  test('is served step by step, those who have begun first, and media goes on in between', () => {
    const publication = bench.publish(bench.join());
    const listener = bench.join();
    bench.subscribe(listener, publication);
    const newcomers = Array.from({ length: 5 }, () => bench.admit());
    for (const peer of newcomers) peer.check();
    spendBudgets();
    for (const peer of newcomers) peer.dtls.start();
    let connected = 0;
    // OpenSSL's clock is the real one: where this takes long, flights are sent again, and take turns of their own.
    for (let turn = 1; connected < newcomers.length && turn <= MOST_TURNS; turn++) {
      publication.stream.send();
      bench.pump();
      const before = connected;
      connected = newcomers.filter((peer) => peer.isConnected).length;
      expect(connected - before).toBeLessThanOrEqual(1);
      expect(newcomers.slice(0, connected).every((peer) => peer.isConnected)).toBe(true);
      expect(listener.heard).toHaveLength(turn);
    }
    expect(connected).toBe(newcomers.length);
  });

  test('lets nobody crowd out the others: what one sends beyond its share is dropped', () => {
    const crowder = bench.admit();
    crowder.check();
    const [clientHello = Buffer.alloc(0)] = captureUplink(() => crowder.dtls.start());
    for (let copy = 0; copy < 100; copy++) bench.receive(crowder.address, clientHello);
    expect(bench.drops.get('dtls-queue-full')).toBe(100 - MAX_WAITING_STEPS_PER_TRANSPORT);
    bench.pump();
    expect(crowder.isConnected).toBe(true);
    expect(bench.join().isConnected).toBe(true);
  });

  test('does not trip over a transport that is closed while its handshake waits', () => {
    const peer = bench.admit();
    peer.check();
    const [hello] = captureUplink(() => peer.dtls.start());
    bench.receive(peer.address, hello ?? Buffer.alloc(0));
    bench.dataPath.handle({ type: 'close-transport', transportId: peer.transportId }, bench.now);
    expect(bench.dataPath.isWaiting).toBe(true);
    bench.pump();
    expect(bench.dataPath.isWaiting).toBe(false);
    expect(peer.isConnected).toBe(false);
  });

  test('counts what was of no use when its turn comes', () => {
    const peer = bench.admit();
    peer.check();
    bench.receive(peer.address, Buffer.from('16feff0000000000000000000401000000', 'hex'));
    expect(bench.drops.get('dtls-not-a-client-hello')).toBe(0);
    bench.pump();
    expect(bench.drops.get('dtls-not-a-client-hello')).toBe(1);
  });
});

describe('when worker memory is full', () => {
  test('a newcomer is closed for want of resources, and the others notice nothing', () => {
    const publication = bench.publish(bench.join());
    const listener = bench.join();
    bench.subscribe(listener, publication);
    publication.stream.send();
    bench.pump();
    const newcomers = [bench.admit(), bench.admit({ roomId: 2 })];
    for (const newcomer of newcomers) newcomer.check();
    exhaust(bench.memory);
    const used = bench.memory.used;
    for (const newcomer of newcomers) {
      newcomer.dtls.start();
      bench.pump();
      expect(bench.closeReason(newcomer)).toBe('no-resources');
      expect(newcomer.closed).toBe('dtls-closed');
    }
    expect(bench.memory.used).toBeLessThan(used);
    publication.stream.send();
    bench.pump();
    expect(listener.heard).toHaveLength(2);
  });
});
