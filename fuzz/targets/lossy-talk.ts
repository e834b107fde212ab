import { LinkedBenches } from '../../packages/engine/src/media/testing/linked-benches.js';
import type {
  BenchParts,
  MediaBench,
  Published,
} from '../../packages/engine/src/media/testing/media-bench.js';
import {
  buildRedundancy,
  parseRedundancy,
} from '../../packages/engine/src/media/testing/redundancy-packets.js';
import { buildNack, buildReceiverReport } from '../../packages/engine/src/media/testing/rtcp-packets.js';
import { buildRtp } from '../../packages/engine/src/media/testing/rtp-packets.js';
import type { HeardPacket, TestPeer } from '../../packages/engine/src/media/testing/test-peer.js';
import { PACKET_TICKS } from '../../packages/engine/src/media/testing/test-stream.js';
import type { OctetReader } from '../input/octet-reader.js';
import { promise } from '../target.js';

const OPUS = 111;
const RED = 63;
const REPEATED = { payloadType: 112, ssrc: 0xfeed_0001 };
const REPEATED_TO_LISTENER = { payloadType: 112, ssrc: 0xfeed_0002 };
/** Contents of CELT of 20 ms, in one frame. */
const CELT = 31 << 3;
/** Milliseconds of a packet. */
const PACKET = 20;
const MAX_COPIES = 2;
/** Of what is older RED cannot say how old it is, RFC 2198 section 3: behind a silence nothing is copied. */
const MAX_COPY_AGE = 2 ** 14;
const LOUD = 0x80 | 25;
/** Numbers around those of a listener's last packets for which it asks. */
const ASKED = 32;

/** What Alice said with one packet. */
interface Said {
  readonly sound: string;
  readonly index: number;
  readonly timestamp: number;
  readonly packet: Buffer;
  readonly repeated: () => Buffer;
  /** Whether the packet came, as it was or in another one. */
  hasArrived: boolean;
}

interface Listener {
  readonly bench: MediaBench;
  readonly peer: TestPeer;
  readonly ssrc: number;
  readonly takesRepair: boolean;
  /** Numbers of the packets that it has asked for. */
  readonly asked: Set<number>;
}

/**
 * Alice is heard over a network that loses, repeats and mixes up packets, with all that repairs it: on her worker and on another, by
 * one who takes RED and retransmissions and one who takes neither. The model: each listener hears what she said, each sound at
 * one place, at the right distance from the others, whichever way it came.
 */
export class LossyTalk {
  readonly #benches: LinkedBenches;
  readonly #alice: Published;
  readonly #listeners: readonly Listener[];
  readonly #said: Said[] = [];
  readonly #bySound = new Map<string, Said>();
  #copies = 0;
  #repeatedNumber = 100;

  /** @param isRepairedFar whether it is the listener on the other worker who takes RED and retransmissions */
  constructor(parts: BenchParts, sequenceNumber: number, isRepairedFar: boolean) {
    this.#benches = new LinkedBenches(parts);
    const feedback = { nack: true, transportCc: false, remb: false };
    const signalled = { redPayloadType: RED, retransmission: REPEATED, feedback };
    this.#alice = this.#benches.publish({ sequenceNumber, signalled });
    const { near, far } = this.#benches;
    const [own, other] = isRepairedFar ? [near, far] : [far, near];
    this.#listeners = [this.#listen(own, false), this.#listen(other, true)];
    this.#speak(true);
  }

  close(): void {
    this.#benches.close();
  }

  /** Takes one step that the input decides. */
  act(reader: OctetReader): void {
    const actions = [
      () => this.#speakOften(reader.octet()),
      () => this.#speak(false),
      () => this.#mixUp(),
      () => this.#sendAgain(this.#pick(reader)),
      () => this.#repeat(this.#pick(reader)),
      () => this.#ask(reader),
      () => this.#report(reader),
      () => this.#wait(reader.octet()),
      () => this.#setCopies(reader.octet()),
    ];
    reader.pick(actions)();
    this.#benches.exchange();
  }

  /** @throws Error when somebody has heard something else than what was said */
  check(): void {
    this.#wait(2);
    for (const listener of this.#listeners) this.#checkListener(listener);
  }

  #listen(bench: MediaBench, takesRepair: boolean): Listener {
    const peer = bench.join();
    const options = takesRepair ? { redPayloadType: RED, retransmission: REPEATED_TO_LISTENER } : {};
    const { ssrc } = bench.subscribe(peer, this.#alice, options);
    return { bench, peer, ssrc, takesRepair, asked: new Set() };
  }

  #speakOften(octet: number): void {
    for (let i = 0; i <= (octet & 0x07); i++) this.#speak(((octet >> 4) & i) === 0);
  }

  #speak(arrives: boolean): void {
    const said = this.#say();
    if (arrives) this.#arrive(said);
    this.#benches.advance(PACKET);
  }

  /** The second of two comes first. */
  #mixUp(): void {
    const [first, second] = [this.#say(), this.#say()];
    this.#arrive(second);
    this.#arrive(first);
    this.#benches.advance(2 * PACKET);
  }

  #say(): Said {
    const { stream, peer } = this.#alice;
    const { index, timestamp } = stream;
    const sound = Buffer.from([CELT, ...Buffer.from(`packet ${this.#said.length} of what Alice says`)]);
    const blocks = this.#said
      .slice(this.#said.length - this.#copies)
      .map(({ sound: data, timestamp: at }) => ({
        payloadType: OPUS,
        timestampOffset: (timestamp - at) >>> 0,
        data: Buffer.from(data, 'hex'),
      }))
      .filter(({ timestampOffset }) => timestampOffset < MAX_COPY_AGE);
    const payload =
      this.#copies === 0 ? sound : buildRedundancy({ blocks, payloadType: OPUS, primary: sound });
    const payloadType = this.#copies === 0 ? OPUS : RED;
    const repeated = () => {
      const original = Uint8Array.of(index >> 8, index);
      const sequenceNumber = this.#repeatedNumber++;
      const packet = { ...REPEATED, sequenceNumber, timestamp, payload: Buffer.concat([original, sound]) };
      return peer.srtp.protectRtp(buildRtp(packet), 0);
    };
    const packet = stream.next({ payload, payloadType, level: LOUD });
    const said = { sound: sound.toString('hex'), index, timestamp, packet, repeated, hasArrived: false };
    this.#said.push(said);
    this.#bySound.set(said.sound, said);
    return said;
  }

  #arrive(said: Said): void {
    said.hasArrived = true;
    this.#alice.peer.send(said.packet);
    this.#benches.exchange();
  }

  /** A packet once more, or one that was lost at last. */
  #sendAgain(said: Said | undefined): void {
    if (said !== undefined) this.#alice.peer.send(said.packet);
  }

  #repeat(said: Said | undefined): void {
    if (said !== undefined) this.#alice.peer.send(said.repeated());
  }

  #ask(reader: OctetReader): void {
    const { peer, ssrc, bench, asked } = reader.pick(this.#listeners);
    const last = peer.heardFrom(ssrc).at(-1)?.sequenceNumber ?? 0;
    const numbers = [reader.octet(), reader.octet()].map((octet) => (last + 1 - (octet % ASKED)) & 0xffff);
    for (const number of numbers) asked.add(number);
    peer.sendRtcp(buildNack(ssrc, ...numbers));
    bench.pump();
  }

  /** A listener loses packets, and gets redundancy for it. */
  #report(reader: OctetReader): void {
    const { peer, ssrc, bench } = reader.pick(this.#listeners);
    const times = { jitter: 0, lastSenderReport: 0, delaySinceLastSenderReport: 0 };
    const counts = { cumulativeLost: 0, highestSequenceNumber: 0, fractionLost: reader.octet() };
    peer.sendRtcp(buildReceiverReport(1, [{ ssrc, ...counts, ...times }]));
    bench.pump();
  }

  /** As in DTX: nothing is said meanwhile, and the clock goes on. */
  #wait(octet: number): void {
    this.#benches.advance(PACKET * octet);
    const { stream } = this.#alice;
    stream.timestamp = (stream.timestamp + PACKET_TICKS * octet) % 2 ** 32;
  }

  #setCopies(octet: number): void {
    this.#copies = Math.min(octet % (MAX_COPIES + 1), this.#said.length);
  }

  #pick(reader: OctetReader): Said | undefined {
    return this.#said.at(-1 - (reader.octet() % this.#said.length));
  }

  #checkListener({ peer, ssrc, takesRepair, asked }: Listener): void {
    const places = new Map<number, string>();
    const offsets = new Set<number>();
    const distances = new Set<number>();
    for (const packet of peer.heard) {
      if (packet.ssrc !== ssrc) continue;
      const said = this.#primaryOf(packet);
      const before = places.get(packet.index);
      promise((before ?? said.sound) === said.sound, 'a place holds one sound');
      const mayComeAgain = !takesRepair && asked.has(packet.sequenceNumber);
      promise(before === undefined || mayComeAgain, 'a sound comes again for who has asked for it');
      places.set(packet.index, said.sound);
      distances.add(packet.index - said.index);
      offsets.add((packet.timestamp - said.timestamp) >>> 0);
      this.#checkCopies(packet, said);
    }
    promise(distances.size <= 1, 'each sound has its place among the others');
    promise(offsets.size <= 1, 'each sound has its time among the others');
    for (const packet of peer.heard) if (packet.ssrc !== ssrc) this.#checkRepeated(packet, places);
    const heard = new Set(places.values());
    for (const { sound, hasArrived } of this.#said)
      promise(!hasArrived || heard.has(sound), 'what has come is heard');
  }

  #primaryOf({ payloadType, payload }: HeardPacket): Said {
    promise(payloadType === OPUS || payloadType === RED, 'a listener hears what was negotiated');
    const sound = payloadType === RED ? Buffer.from(parseRedundancy(payload).primary) : payload;
    return this.#find(sound);
  }

  #find(sound: Uint8Array): Said {
    const said = this.#bySound.get(Buffer.from(sound).toString('hex'));
    if (said === undefined) throw new Error('broken promise: Alice said what is heard');
    return said;
  }

  #checkCopies({ payloadType, payload }: HeardPacket, { timestamp }: Said): void {
    if (payloadType !== RED) return;
    for (const { data, timestampOffset } of parseRedundancy(payload).blocks) {
      const copied = this.#find(data);
      promise(
        timestampOffset === (timestamp - copied.timestamp) >>> 0,
        'a copy has the time of its original',
      );
    }
  }

  #checkRepeated({ ssrc, payloadType, payload }: HeardPacket, places: ReadonlyMap<number, string>): void {
    const isRepeated = ssrc === REPEATED_TO_LISTENER.ssrc && payloadType === REPEATED_TO_LISTENER.payloadType;
    promise(isRepeated, 'nothing else is sent than what was negotiated');
    const number = payload.readUInt16BE(0);
    const place = [...places].find(([index]) => (index & 0xffff) === number);
    promise(place !== undefined, 'what is repeated went out before');
    if (place === undefined) return;
    const original = payload.subarray(2);
    const isPlain = original.toString('hex') === place[1];
    promise(
      isPlain || Buffer.from(parseRedundancy(original).primary).toString('hex') === place[1],
      'it is what it was',
    );
  }
}
