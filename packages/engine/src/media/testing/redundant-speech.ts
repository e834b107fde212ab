import { randomBytes } from 'node:crypto';
import type { LinkedBenches } from './linked-benches.js';
import type { MediaBench, Published } from './media-bench.js';
import { buildRedundancy, parseRedundancy } from './redundancy-packets.js';
import { buildReceiverReport } from './rtcp-packets.js';
import type { HeardPacket, TestPeer } from './test-peer.js';
import { PACKET_INTERVAL, PACKET_TICKS } from './test-stream.js';

/** Payload types. */
export const OPUS = 111;
export const RED = 63;
/** Contents of CELT of 20 ms, in one frame. */
export const CELT = 31 << 3;

/** @returns what Opus may have made of 20 ms */
export function sound(): Buffer {
  return Buffer.concat([Uint8Array.of(CELT), randomBytes(40)]);
}

/** What a browser sends that prefers RED: each packet with copies of those before. */
export class RedundantSpeaker {
  /** All that was said. */
  readonly said: Buffer[] = [];
  readonly #benches: LinkedBenches;
  readonly #publication: Published;
  readonly #copies: number;

  constructor(benches: LinkedBenches, publication: Published, copies = 1) {
    this.#benches = benches;
    this.#publication = publication;
    this.#copies = copies;
  }

  /** Protects the next packet without sending it. */
  next(level = 0x7f): Buffer {
    const primary = sound();
    const blocks = this.said.slice(-this.#copies).map((data, i, { length }) => {
      return { payloadType: OPUS, timestampOffset: (length - i) * PACKET_TICKS, data };
    });
    this.said.push(primary);
    const payload = buildRedundancy({ blocks, payloadType: OPUS, primary });
    return this.#publication.stream.next({ payload, payloadType: RED, level });
  }

  /** Speaks packet by packet; those of the numbers are lost on their way. */
  speak(packets: number, lost: readonly number[] = []): void {
    for (let i = 0; i < packets; i++) {
      const packet = this.next();
      if (!lost.includes(i)) this.#publication.peer.send(packet);
      this.#benches.advance(PACKET_INTERVAL);
    }
  }
}

/** Speaks plain Opus. @returns what was said */
export function speakPlain(benches: LinkedBenches, { stream }: Published, packets: number): Buffer[] {
  return Array.from({ length: packets }, () => {
    const said = stream.send({ payload: sound() });
    benches.advance(PACKET_INTERVAL);
    return said;
  });
}

/** Who has subscribed to a publication, and takes redundancy. */
export interface Listener {
  readonly bench: MediaBench;
  readonly peer: TestPeer;
  readonly ssrc: number;
  readonly subscriptionId: number;
}

export function listen(
  bench: MediaBench,
  publication: Published,
  options = {},
  peer = bench.join(),
): Listener {
  const { ssrc, subscriptionId } = bench.subscribe(peer, publication, { redPayloadType: RED, ...options });
  return { bench, peer, ssrc, subscriptionId };
}

/** A listener on the publisher's worker, and one on the other. */
export function listenTo({ near, far }: LinkedBenches, publication: Published): [Listener, Listener] {
  return [listen(near, publication), listen(far, publication)];
}

/** The listener reports a loss. */
export function reportLoss({ bench, peer, ssrc }: Listener, fractionLost: number): void {
  const block = {
    ssrc,
    fractionLost: Math.round(fractionLost * 256),
    cumulativeLost: 0,
    highestSequenceNumber: 0,
    jitter: 0,
    lastSenderReport: 0,
    delaySinceLastSenderReport: 0,
  };
  peer.sendRtcp(buildReceiverReport(1, [block]));
  bench.pump();
}

/** @returns the Opus packets of what a listener got, without their redundancy */
export function plain(packets: readonly HeardPacket[]): Buffer[] {
  return packets.map(({ payloadType, payload }) =>
    payloadType === RED ? Buffer.from(parseRedundancy(payload).primary) : payload,
  );
}

/** What a listener can play who puts the copies in the place of what was lost, in the order of timestamps. */
export function play(packets: readonly HeardPacket[]): string[] {
  const byTime = new Map<number, string>();
  for (const { payloadType, payload, timestamp } of packets) {
    if (payloadType !== RED) byTime.set(timestamp, payload.toString('hex'));
    else {
      const { blocks, primary } = parseRedundancy(payload);
      byTime.set(timestamp, Buffer.from(primary).toString('hex'));
      for (const { timestampOffset, data } of blocks) {
        byTime.set((timestamp - timestampOffset) >>> 0, Buffer.from(data).toString('hex'));
      }
    }
  }
  const first = packets[0]?.timestamp ?? 0;
  return [...byTime].toSorted(([a], [b]) => ((a - first) | 0) - ((b - first) | 0)).map(([, data]) => data);
}

export function hex(payloads: readonly Buffer[]): string[] {
  return payloads.map((payload) => payload.toString('hex'));
}
