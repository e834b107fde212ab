import { randomBytes } from 'node:crypto';
import { expect, test, vi } from 'vitest';
import * as checks from './ice/testing/connectivity-checks.js';
import { MediaBench, type Published, prepareBenches } from './testing/media-bench.js';
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
/** Packets whose work is counted: fewer than any allowance lets through at once. */
const COUNTED = 16;
/** µs */
const MS = 1_000;
/** What the least CPU time of several may be on a machine that does much else. It is about a half. */
const BOUND = 2;
/** The kernel's functions that a packet on its way may need. */
const WORK = ['hmacSha1', 'unprotectRtp', 'unprotectRtcp', 'protectRtcp', 'fanOut'] as const;

const parts = await prepareBenches();

/** What comes from one address. */
interface Traffic {
  readonly from: string;
  readonly make: () => Uint8Array;
  /** What each packet has the kernel do. */
  readonly work: readonly (typeof WORK)[number][];
}

/** The data path, which is given packets that lie ready, as the socket gives them. */
class Taker {
  readonly #bench: MediaBench;
  readonly #packets: number;
  readonly #address: number;

  constructor(bench: MediaBench) {
    this.#bench = bench;
    this.#packets = bench.memory.reserve(PACKETS * STRIDE);
    this.#address = bench.memory.reserve(32);
  }

  /** @returns ms of CPU for each packet */
  take({ from, make }: Traffic, count = PACKETS): number {
    const { memory, dataPath, transmitter, rings, now } = this.#bench;
    const [host = '', port] = from.split(':');
    writeSocketAddress(memory.bytes, this.#address, 'IPv4', host, Number(port));
    const source = { socketIndex: 0, address: this.#address, connection: 0, ring: rings[0] ?? 0 };
    const lengths = Array.from({ length: count }, (_, i) => {
      const packet = make();
      memory.bytes.set(packet, this.#packets + i * STRIDE);
      return packet.length;
    });
    const before = process.cpuUsage();
    for (let i = 0; i < count; i++) {
      dataPath.receive(source, this.#packets + i * STRIDE, lengths[i] ?? 0, now);
      if (i % BATCH === BATCH - 1) transmitter.flush();
    }
    transmitter.flush();
    const { user, system } = process.cpuUsage(before);
    return (user + system) / MS / count;
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
    junk: { from: nowhere, make: () => starting(0xff), work: [] },
    RTP: { from: nowhere, make: () => starting(0x80, 111), work: [] },
    DTLS: { from: nowhere, make: () => starting(22, 0xfe, 0xfd, 0, 0), work: [] },
    'STUN for nobody': { from: nowhere, make: () => stun(`${'n'.repeat(100)}:atall`), work: [] },
    'STUN with a wrong password': {
      from: nowhere,
      make: () => stun(`${localUfrag}:${remoteUfrag}`),
      work: ['hmacSha1'],
    },
    'RTP under wrong keys': {
      from: peer.address,
      make: () => starting(0x80, stream.payloadType),
      work: ['unprotectRtp'],
    },
    'RTCP under wrong keys': {
      from: peer.address,
      make: () => starting(0x80, 201),
      work: ['unprotectRtcp'],
    },
    'DTLS under wrong keys': {
      from: listener.address,
      make: () => starting(21, 0xfe, 0xfd, 0, 1, 0, 1, 0, 0, 0, 0, 0, PAYLOAD + 17),
      work: [],
    },
  };
}

/** @returns how often each of the kernel's functions is called meanwhile, for each of the packets that are counted */
function workOf({ kernel }: MediaBench, task: () => void): Readonly<Record<string, number>> {
  const spies = WORK.map((name) => [name, vi.spyOn(kernel, name)] as const);
  task();
  const done = spies.map(([name, spy]) => [name, spy.mock.calls.length / COUNTED] as const);
  vi.restoreAllMocks();
  return Object.fromEntries(done.filter(([, calls]) => calls > 0));
}

test('a packet that strangers send costs less than one that is forwarded to one listener', ({ task }) => {
  const bench = new MediaBench(parts, PAGES);
  const publication = bench.publish(bench.join());
  const listener = bench.join();
  bench.subscribe(listener, publication);
  bench.isDeaf = true;
  const taker = new Taker(bench);
  const forwarding: Traffic = {
    from: publication.peer.address,
    make: () => publication.stream.next({ payload: randomBytes(PAYLOAD) }),
    // Verified and decrypted, encrypted and signed anew.
    work: ['unprotectRtp', 'fanOut'],
  };
  const kinds = { forwarding, ...floodsAt(publication, listener) };
  for (const [name, traffic] of Object.entries(kinds)) {
    const work = workOf(bench, () => taker.take(traffic, COUNTED));
    expect(work, name).toEqual(Object.fromEntries(traffic.work.map((one) => [one, 1])));
  }
  // The least of several times: what else the machine does only adds to them.
  const least = new Map<string, number>();
  for (let round = 0; round < ROUNDS; round++) {
    for (const [name, traffic] of Object.entries(kinds)) {
      least.set(name, Math.min(least.get(name) ?? Number.POSITIVE_INFINITY, taker.take(traffic)));
    }
    bench.now += PAUSE;
  }
  const base = least.get('forwarding') ?? 0;
  const ratios = [...least].filter(([name]) => name !== 'forwarding').map(([, time]) => time / base);
  task.meta.figure = `${Math.max(...ratios).toFixed(2)} of forwarding at most`;
  for (const [name, time] of least) expect(time / base, name).toBeLessThan(BOUND);
  bench.close();
});
