import { afterEach, describe, expect, it } from 'vitest';
import { DtlsSession } from './session.js';
import { InMemoryPair, type PairOptions, preparePairs } from './testing/in-memory-pair.js';
import { buildRecord, epochOf, splitRecords, typeOf } from './testing/records.js';

const options = await preparePairs();
const pairs: InMemoryPair[] = [];

function newPair(changes: Partial<PairOptions> = {}): InMemoryPair {
  const pair = new InMemoryPair({ ...options, ...changes });
  pairs.push(pair);
  return pair;
}

afterEach(() => {
  for (const pair of pairs.splice(0)) pair.close();
});

describe('the handshake', () => {
  it('gives both roles the same keys, each direction its own', () => {
    const pair = newPair().connect();
    expect(pair.states()).toBe('connected/connected');
    expect(pair.server.keys).toHaveLength(1);
    const [server] = pair.server.keys;
    const [client] = pair.client.keys;
    expect(server?.local).toEqual(client?.remote);
    expect(server?.remote).toEqual(client?.local);
    expect(server?.local).not.toEqual(server?.remote);
    expect(server?.local.masterKey).toHaveLength(16);
    expect(server?.local.masterSalt).toHaveLength(14);
  });

  it('gives every association other keys', () => {
    const first = newPair().connect();
    const second = newPair().connect();
    expect(first.server.keys).not.toEqual(second.server.keys);
  });

  it('is begun by the client alone', () => {
    const pair = newPair();
    pair.server.session.start();
    expect(pair.queue).toHaveLength(0);
    pair.client.session.start();
    expect(pair.queue.map(({ to }) => to)).toEqual(['server']);
  });

  it('takes bytes from anywhere in a large buffer, WebAssembly memory included', () => {
    const memory = new Uint8Array(new WebAssembly.Memory({ initial: 1, maximum: 1 }).buffer);
    const pair = newPair();
    pair.client.session.start();
    pair.pump(({ to, bytes }, index) => {
      const offset = 1001 + 64 * index;
      memory.fill(0xff);
      memory.set(bytes, offset);
      pair.endpoint(to).session.receive(memory, offset, bytes.length);
      return [];
    });
    expect(pair.states()).toBe('connected/connected');
  });

  it('takes the records of a datagram one by one, and joined ones as well as parted ones', () => {
    const parted = newPair();
    parted.client.session.start();
    parted.pump(({ bytes }) => splitRecords(bytes));
    expect(parted.states()).toBe('connected/connected');

    const joined = newPair();
    joined.client.session.start();
    while (joined.queue.length > 0) {
      const [first] = joined.queue;
      const all = joined.queue.splice(0).map(({ bytes }) => bytes);
      if (first !== undefined) joined.deliver(first.to, new Uint8Array(Buffer.concat(all)));
    }
    expect(joined.states()).toBe('connected/connected');
  });

  it('takes up a flight again after 100 ms at the latest, and needs no timer when it is over', () => {
    const pair = newPair();
    expect(pair.client.session.timeout()).toBeNull();
    pair.client.session.start();
    const timeout = pair.client.session.timeout();
    expect(timeout).toBeGreaterThan(0);
    expect(timeout).toBeLessThanOrEqual(100);
    pair.pump();
    expect(pair.client.session.timeout()).toBeNull();
    expect(pair.server.session.timeout()).toBeNull();
  });
});

describe('a connected session', () => {
  it('ignores and counts application data', () => {
    const pair = newPair().connect();
    const data = buildRecord({ type: 23, epoch: 1, sequenceNumber: 7, body: new Uint8Array(60) });
    expect(pair.deliver('server', data)).toBe('dtls-application-data');
    expect(pair.deliver('client', data)).toBe('dtls-application-data');
    expect(pair.states()).toBe('connected/connected');
  });

  it('ends when the peer sends close_notify, which it answers', () => {
    const pair = newPair().connect();
    pair.client.session.close();
    const answers: Uint8Array[] = [];
    pair.pump(({ to, bytes }) => {
      if (to === 'client') answers.push(bytes);
      return [bytes];
    });
    expect(pair.states()).toBe('closed/closed');
    expect(pair.server.closed).toEqual([{ reason: 'dtls-closed', detail: 'the peer sent close_notify' }]);
    expect(pair.client.closed).toEqual([]);
    expect(answers.flatMap(splitRecords).map(typeOf)).toEqual([21]);
    expect(answers.flatMap(splitRecords).map(epochOf)).toEqual([1]);
  });

  it('stays closed: no method does anything, however often it is called', () => {
    const pair = newPair().connect();
    const { session } = pair.server;
    session.close();
    pair.queue.length = 0;
    session.close();
    session.start();
    session.handleTimeout();
    expect(session.timeout()).toBeNull();
    expect(session.receive(new Uint8Array(100), 0, 100)).toBe('dtls-session-over');
    expect(pair.queue).toHaveLength(0);
    expect(session.state).toBe('closed');
  });
});

describe('closing within a callback', () => {
  type Trigger = 'send' | 'connected' | 'closed';

  /** A server that closes itself in the callback named, at its call number `call`. */
  function closingServer(trigger: Trigger, call: number, fingerprints = options.clientFingerprints) {
    const events: string[] = [];
    let calls = 0;
    const happen = (event: Trigger) => {
      events.push(event);
      if (event === trigger && ++calls === call) session.close();
    };
    const session: DtlsSession = new DtlsSession(options.serverContext, {
      role: 'server',
      fingerprints,
      send: (bytes, offset, length) => {
        happen('send');
        client.receive(bytes, offset, length);
      },
      onConnected: () => happen('connected'),
      onClosed: () => happen('closed'),
    });
    const client: DtlsSession = new DtlsSession(options.clientContext, {
      role: 'client',
      fingerprints: options.serverFingerprints,
      send: (bytes, offset, length) => {
        session.receive(bytes, offset, length);
      },
      onConnected: () => undefined,
      onClosed: () => undefined,
    });
    client.start();
    client.close();
    return { session, events };
  }

  it('on the first datagram sent is harmless', () => {
    const { session, events } = closingServer('send', 1);
    expect(session.state).toBe('closed');
    expect(events).toEqual(['send']);
  });

  it('on the last flight sent sends close_notify and does not connect any more', () => {
    const { session, events } = closingServer('send', 2);
    expect(session.state).toBe('closed');
    expect(events).toEqual(['send', 'send', 'send']);
  });

  it('on connecting is harmless', () => {
    const { session, events } = closingServer('connected', 1);
    expect(session.state).toBe('closed');
    expect(events).toEqual(['send', 'send', 'connected', 'send']);
  });

  it('on being told of the end is harmless', () => {
    const { session, events } = closingServer('closed', 1, options.serverFingerprints);
    expect(session.state).toBe('failed');
    expect(events).toEqual(['send', 'send', 'closed']);
  });
});

describe('what OpenSSL holds', () => {
  it('does not grow over thousands of associations', () => {
    const cycle = () => {
      const pair = new InMemoryPair(options).connect();
      if (pair.states() !== 'connected/connected') throw new Error(pair.states());
      pair.close();
    };
    for (let warmUp = 0; warmUp < 300; warmUp++) cycle();
    const before = process.memoryUsage.rss();
    for (let count = 0; count < 2000; count++) cycle();
    // A leaked pair of sessions would hold more than 100 KB, 200 MB in all.
    expect(process.memoryUsage.rss() - before).toBeLessThan(60 * 2 ** 20);
  });
});
