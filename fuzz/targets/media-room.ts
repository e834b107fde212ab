import { DROP_REASONS } from '../../packages/engine/src/media/drop-reason.js';
import type { MediaBench, Published } from '../../packages/engine/src/media/testing/media-bench.js';
import { rtpHeaderLength } from '../../packages/engine/src/media/testing/rtp-packets.js';
import type { TestPeer } from '../../packages/engine/src/media/testing/test-peer.js';
import type { OctetReader } from '../input/octet-reader.js';
import { promise } from '../target.js';
import { HandshakeNetwork } from './handshake-network.js';

const STRANGERS = ['203.0.113.99:9', '[2001:db8::99]:9'];
const OTHER_ROOM = 2;
/** Datagrams of the honest that are remembered, to be sent again by others. */
const MAX_SEEN = 32;
/** Milliseconds within which an honest peer proves its address anew, should somebody else have taken it. */
const RECHECK = 5_500;
/** Milliseconds for one octet of an input that says how long to wait. */
const WAIT_UNIT = 20;
const MAX_DATAGRAM = 120;
/** Longer than the datagrams of a handshake, which are cut below it. */
const MAX_LENGTH = 1_208;

/** Steps that are no doing of Mallory's but her handshake: to connect, to let Alice speak, and what becomes of datagrams. */
const HARMLESS = [0, 7, 16];

/**
 * Alice is heard by Bob. Mallory is in their room with keys of her own, Carol in another room. The model is simple: Bob
 * hears of Alice what she has sent and nothing else, Carol hears nobody, and whatever happened, they can go on.
 */
export class HostileRoom {
  readonly #bench: MediaBench;
  readonly #alice: Published;
  readonly #bob: TestPeer;
  readonly #mallory: TestPeer;
  readonly #carol: TestPeer;
  readonly #aliceAtBob: number;
  readonly #sent = new Set<string>();
  readonly #seen: Buffer[] = [];
  /** What becomes of Mallory's next datagrams, as those of a handshake. */
  readonly #network = new HandshakeNetwork();
  /** Whether she has done nothing before her handshake but shake hands. */
  #isStraight = true;
  /** Mallory's publication, once she publishes; and where Bob hears it. */
  #published: Published | null = null;
  readonly #malloryAtBob = new Set<number>();
  #malloryHears = false;
  #permissions = { publish: true, subscribe: true };
  /** Packets of Mallory that Bob has heard, and packets that she has heard. */
  #heardOfMallory = 0;
  #heardByMallory = 0;
  #index = 1;

  constructor(bench: MediaBench) {
    this.#bench = bench;
    bench.uplink = (bytes, peer) => {
      if (this.#seen.length < MAX_SEEN) this.#seen.push(bytes);
      return peer === this.#mallory ? this.#network.pass(bytes) : [bytes];
    };
    this.#alice = bench.publish(bench.join({ dtlsRole: 'server' }), { mid: 'alice' });
    this.#bob = bench.join({ dtlsRole: 'client' });
    this.#carol = bench.join({ roomId: OTHER_ROOM });
    this.#mallory = bench.admit();
    this.#aliceAtBob = bench.subscribe(this.#bob, this.#alice).ssrc;
    this.#speak();
  }

  /** Takes one step that the input decides. */
  act(reader: OctetReader): void {
    const actions = [
      () => this.#connect(),
      () => this.#publish(reader),
      () => this.#sendRtp(reader),
      () => this.#sendRtcp(reader),
      () => this.#sendRaw(reader),
      () => this.#sendAgain(reader),
      () => this.#check(reader),
      () => this.#speak(),
      () => this.#sendRaw(reader),
      () => this.#wait(WAIT_UNIT * (1 + reader.octet())),
      () => this.#restart(),
      () => this.#silence(reader),
      () => this.#limit(reader),
      () => this.#unpublish(),
      () => this.#sendOwn(reader),
      () => this.#hear(),
      () => this.#expectDisturbance(reader),
      () => this.#permit(reader),
    ];
    const action = reader.pick(actions);
    action();
    this.#isStraight &&= HARMLESS.includes(actions.indexOf(action));
    this.#bench.pump();
    this.#checkHeard();
  }

  /** @throws Error when Alice and Bob cannot go on */
  checkTalk(): void {
    this.#bench.control({ type: 'limit-room', roomId: 1, loudest: null, slots: 0 });
    this.#bench.advance(RECHECK);
    promise(this.#bench.closeReason(this.#alice.peer) === null, 'nobody else closes a transport');
    const before = this.#bob.heardFrom(this.#aliceAtBob).length;
    this.#speak();
    this.#bench.pump();
    this.#checkHeard();
    promise(
      this.#bob.heardFrom(this.#aliceAtBob).length === before + 1,
      'Bob hears Alice, whatever others do',
    );
  }

  /** @throws Error when something stays that should not */
  checkEnd(): void {
    const known: readonly string[] = DROP_REASONS;
    for (const reason of Object.keys(this.#bench.drops.toRecord()))
      promise(known.includes(reason), `drops are counted under a known name, and not ${reason}`);
    for (const peer of [this.#alice.peer, this.#bob, this.#carol, this.#mallory])
      if (this.#bench.closeReason(peer) === null) this.#bench.leave(peer);
    promise(this.#bench.statistics().transports === 0, 'no transport stays');
  }

  #expectDisturbance(reader: OctetReader): void {
    const at = reader.octet() * 2;
    this.#network.expect({ at, mask: reader.octet(), length: (reader.octet() * 8) % MAX_LENGTH });
  }

  #speak(): void {
    const { stream } = this.#alice;
    this.#sent.add(stream.send({ withMid: true }).toString('hex'));
  }

  #connect(): void {
    if (this.#mallory.isConnected || this.#mallory.closed !== null) return;
    this.#mallory.connect();
    const hasToConnect = this.#isStraight && this.#network.isHarmless;
    promise(this.#mallory.isConnected || !hasToConnect, 'fragments and copies keep nobody from connecting');
  }

  #publish(reader: OctetReader): void {
    if (this.#published !== null || this.#bench.closeReason(this.#mallory) !== null) return;
    const retransmission = { payloadType: 112, ssrc: null };
    const feedback = { nack: true, transportCc: true, remb: true };
    const extensions = { audioLevel: 1, mid: 4, transportSequence: 5 };
    this.#published = this.#bench.publish(this.#mallory, {
      ...(reader.octet() % 2 === 0 ? { ssrcs: [] } : {}),
      mid: 'mallory',
      signalled: { redPayloadType: 63, retransmission, feedback, extensions },
    });
    this.#malloryAtBob.add(this.#bench.subscribe(this.#bob, this.#published).ssrc);
  }

  /** A packet of Mallory's that is authentic, whatever is in it. */
  #sendRtp(reader: OctetReader): void {
    const header = Buffer.alloc(12);
    header[0] = 0x80 | (reader.octet() & 0x3f);
    header[1] = reader.octet();
    const owner = reader.octet();
    this.#index += 1 + (owner >> 4);
    header.writeUInt16BE(this.#index & 0xffff, 2);
    header.writeUInt32BE(this.#index * 960, 4);
    header.writeUInt32BE(this.#ssrcOf(owner), 8);
    const packet = Buffer.concat([header, reader.octets(reader.octet() % MAX_DATAGRAM)]);
    if (!this.#mallory.isConnected || !hasWholeHeader(packet)) return;
    this.#mallory.send(this.#mallory.srtp.protectRtp(packet, Math.floor(this.#index / 0x1_0000)));
  }

  #ssrcOf(owner: number): number {
    const own = this.#published?.stream.ssrc ?? 1;
    return [own, this.#alice.stream.ssrc, this.#aliceAtBob, own, own, 0, 0xffffffff, own][owner & 7] ?? own;
  }

  /** A compound of Mallory's that is authentic, whatever is in it. */
  #sendRtcp(reader: OctetReader): void {
    const ssrc = Buffer.alloc(4);
    const head = Buffer.from([
      0x80 | (reader.octet() & 0x3f),
      192 + (reader.octet() & 0x1f),
      0,
      reader.octet(),
    ]);
    ssrc.writeUInt32BE(this.#ssrcOf(reader.octet()));
    const compound = Buffer.concat([head, ssrc, reader.octets(reader.octet() % MAX_DATAGRAM)]);
    if (this.#mallory.isConnected) this.#mallory.send(this.#mallory.srtp.protectRtcp(compound));
  }

  #sendRaw(reader: OctetReader): void {
    const from = reader.pick([
      this.#mallory.address,
      this.#alice.peer.address,
      this.#bob.address,
      ...STRANGERS,
    ]);
    const length = reader.octet() * 4 + (reader.octet() & 3);
    this.#bench.receive(from, reader.octets(Math.min(length, MAX_DATAGRAM * 4)));
    this.#bench.transmitter.flush();
  }

  /** Something that went by, changed a little, from somewhere. */
  #sendAgain(reader: OctetReader): void {
    const seen = this.#seen[reader.octet() % Math.max(1, this.#seen.length)];
    if (seen === undefined) return;
    const from = reader.pick([
      this.#mallory.address,
      this.#alice.peer.address,
      this.#bob.address,
      ...STRANGERS,
    ]);
    const at = reader.octet() % Math.max(1, seen.length);
    const bytes = Buffer.from(seen);
    bytes[at] = (bytes[at] ?? 0) ^ reader.octet();
    this.#bench.receive(from, bytes.subarray(0, bytes.length - (reader.octet() >> 3)));
    this.#bench.transmitter.flush();
  }

  /** A check of Mallory's, by her credentials or wrong ones. */
  #check(reader: OctetReader): void {
    const bits = reader.octet();
    const from = [this.#mallory.address, this.#mallory.address, '198.51.100.7:7', this.#alice.peer.address][
      bits & 3
    ];
    this.#mallory.check({
      ...(from === undefined ? {} : { from }),
      nominates: (bits & 4) !== 0,
      role: (bits & 8) === 0 ? 'controlling' : 'controlled',
      ...((bits & 0x30) === 0x30 ? { password: this.#bob.ice.remotePassword } : {}),
      ...((bits & 0xc0) === 0xc0 ? { credentials: this.#alice.peer.ice, password: 'guessed' } : {}),
    });
  }

  /** Alice goes on speaking: who stops is closed after a while. */
  #wait(milliseconds: number): void {
    this.#speak();
    this.#bench.advance(milliseconds);
  }

  #restart(): void {
    if (this.#bench.closeReason(this.#mallory) === null && this.#mallory.isConnected)
      this.#bench.restartIce(this.#mallory);
  }

  #silence(reader: OctetReader): void {
    if (this.#published === null || this.#bench.closeReason(this.#mallory) !== null) return;
    const silenced = reader.octet() % 2 === 0;
    this.#bench.control({ type: 'silence-publication', publicationId: this.#published.id, silenced });
  }

  /** What Mallory may do changes. */
  #permit(reader: OctetReader): void {
    if (this.#bench.closeReason(this.#mallory) !== null) return;
    const bits = reader.octet();
    this.#bench.pump();
    this.#checkHeard();
    this.#permissions = { publish: (bits & 1) !== 0, subscribe: (bits & 2) !== 0 };
    this.#bench.permit(this.#mallory, this.#permissions);
  }

  #limit(reader: OctetReader): void {
    const octet = reader.octet();
    const loudest = octet % 4 === 0 ? null : octet % 4;
    this.#bench.control({ type: 'limit-room', roomId: 1, loudest, slots: (octet >> 2) % 4 });
  }

  /** Mallory ceases to publish, and may begin anew. */
  #unpublish(): void {
    if (this.#bench.closeReason(this.#mallory) !== null || this.#published === null) return;
    this.#bench.control({ type: 'close-publication', publicationId: this.#published.id });
    this.#published = null;
  }

  /** A proper packet of Mallory's. */
  #sendOwn(reader: OctetReader): void {
    if (this.#published === null || !this.#mallory.isConnected) return;
    const { stream } = this.#published;
    stream.skip(reader.octet() & 0x0f);
    stream.send({ withMid: true, level: reader.octet() });
  }

  #hear(): void {
    if (this.#malloryHears || !this.#mallory.isConnected) return;
    if (this.#bench.closeReason(this.#mallory) !== null) return;
    this.#malloryHears = true;
    this.#bench.subscribe(this.#mallory, this.#alice);
  }

  #checkHeard(): void {
    promise(this.#carol.heard.length === 0, 'nobody hears a room that they are not in');
    promise(this.#alice.peer.heard.length === 0, 'nobody hears what they have not subscribed to');
    const ofMallory = this.#bob.heard.filter(({ ssrc }) => this.#malloryAtBob.has(ssrc)).length;
    const byMallory = this.#mallory.heard.length;
    const { publish, subscribe } = this.#permissions;
    promise(publish || ofMallory === this.#heardOfMallory, 'who may not be heard is not heard');
    promise(subscribe || byMallory === this.#heardByMallory, 'who may not hear hears nothing');
    this.#heardOfMallory = ofMallory;
    this.#heardByMallory = byMallory;
    for (const { ssrc, payload } of this.#bob.heard) {
      if (ssrc === this.#aliceAtBob)
        promise(this.#sent.has(payload.toString('hex')), 'Bob hears what Alice sent');
      else promise(this.#malloryAtBob.has(ssrc), 'Bob hears what he has subscribed to');
    }
  }
}

/** The reference of SRTP needs a header that ends within the packet. */
function hasWholeHeader(packet: Buffer): boolean {
  const fixed = 12 + 4 * (packet.readUInt8(0) & 0x0f);
  if ((packet.readUInt8(0) & 0x10) === 0) return fixed <= packet.length;
  return fixed + 4 <= packet.length && rtpHeaderLength(packet) <= packet.length;
}
