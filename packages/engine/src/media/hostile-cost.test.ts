import { randomBytes } from 'node:crypto';
import { beforeAll, expect, test } from 'vitest';
import * as checks from './ice/testing/connectivity-checks.js';
import { type BenchParts, MediaBench, type Published, prepareBenches } from './testing/media-bench.js';
import type { TestPeer } from './testing/test-peer.js';
import { writeSocketAddress } from './udp/socket-address.js';

declare module 'vitest' {
  interface TaskMeta {
    /** What the test has measured. */
    figure?: string;
  }
}

const PAGES = 512;
const PACKETS = 1_024;
const BATCH = 64;
const STRIDE = 256;
/** The first ones are for the compiler. */
const ROUNDS = 12;
/** Octets of a packet that is forwarded, as speech has them. */
const PAYLOAD = 100;
/** Between two rounds, ms: a publisher's allowance is full again. */
const PAUSE = 2_000;

let parts: BenchParts;
beforeAll(async () => {
  parts = await prepareBenches();
});

/** What comes from one address. */
interface Traffic {
  readonly from: string;
  readonly make: () => Uint8Array;
}

/** The data path, which is given packets that lie ready, as the socket gives them. */
class Stopwatch {
  readonly #bench: MediaBench;
  readonly #packets: number;
  readonly #address: number;

  constructor(bench: MediaBench) {
    this.#bench = bench;
    this.#packets = bench.memory.reserve(PACKETS * STRIDE);
    this.#address = bench.memory.reserve(32);
  }

  /** @returns ms per packet */
  time({ from, make }: Traffic): number {
    const { memory, dataPath, transmitter, rings, now } = this.#bench;
    const [host = '', port] = from.split(':');
    writeSocketAddress(memory.bytes, this.#address, 'IPv4', host, Number(port));
    const source = { socketIndex: 0, address: this.#address, connection: 0, ring: rings[0] ?? 0 };
    const lengths = Array.from({ length: PACKETS }, (_, i) => {
      const packet = make();
      memory.bytes.set(packet, this.#packets + i * STRIDE);
      return packet.length;
    });
    const startedAt = performance.now();
    for (let i = 0; i < PACKETS; i++) {
      dataPath.receive(source, this.#packets + i * STRIDE, lengths[i] ?? 0, now);
      if (i % BATCH === BATCH - 1) transmitter.flush();
    }
    return (performance.now() - startedAt) / PACKETS;
  }
}

function starting(...first: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(randomBytes(PAYLOAD + 30));
  bytes.set(first);
  return bytes;
}

/** All that costs anything before it is known to be of nobody. */
function floodsAt({ peer, stream }: Published, listener: TestPeer): Readonly<Record<string, Traffic>> {
  const nowhere = '203.0.113.66:666';
  const { localUfrag, remoteUfrag } = listener.ice;
  const stun = (user: string) =>
    checks.buildMessage({
      attributes: [checks.username(user), checks.controlling, checks.priority(1), checks.useCandidate],
      password: 'a wrong one',
    });
  return {
    junk: { from: nowhere, make: () => starting(0xff) },
    RTP: { from: nowhere, make: () => starting(0x80, 111) },
    DTLS: { from: nowhere, make: () => starting(22, 0xfe, 0xfd, 0, 0) },
    'STUN for nobody': { from: nowhere, make: () => stun(`${'n'.repeat(100)}:atall`) },
    'STUN with a wrong password': { from: nowhere, make: () => stun(`${localUfrag}:${remoteUfrag}`) },
    'RTP under wrong keys': { from: peer.address, make: () => starting(0x80, stream.payloadType) },
    'RTCP under wrong keys': { from: peer.address, make: () => starting(0x80, 201) },
    'DTLS under wrong keys': {
      from: listener.address,
      make: () => starting(21, 0xfe, 0xfd, 0, 1, 0, 1, 0, 0, 0, 0, 0, PAYLOAD + 17),
    },
  };
}

test('a packet that strangers send costs less than one that is forwarded to one listener', ({ task }) => {
  const bench = new MediaBench(parts, PAGES);
  const publication = bench.publish(bench.join());
  const listener = bench.join();
  bench.subscribe(listener, publication);
  bench.isDeaf = true;
  const stopwatch = new Stopwatch(bench);
  const forwarding: Traffic = {
    from: publication.peer.address,
    make: () => publication.stream.next({ payload: randomBytes(PAYLOAD) }),
  };
  const kinds = { forwarding, ...floodsAt(publication, listener) };
  // The least of several times: what else the machine does only adds to them.
  const least = new Map<string, number>();
  for (let round = 0; round < ROUNDS; round++) {
    for (const [name, traffic] of Object.entries(kinds)) {
      least.set(name, Math.min(least.get(name) ?? Number.POSITIVE_INFINITY, stopwatch.time(traffic)));
    }
    bench.now += PAUSE;
  }
  const base = least.get('forwarding') ?? 0;
  const ratios = [...least].filter(([name]) => name !== 'forwarding').map(([, time]) => time / base);
  task.meta.figure = `${Math.max(...ratios).toFixed(2)} of forwarding at most`;
  for (const [name, time] of least) if (name !== 'forwarding') expect(time / base, name).toBeLessThan(1);
  bench.close();
});
