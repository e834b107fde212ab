import { RpcError } from '@kraken/protocol';
import * as checks from '../../src/media/ice/testing/connectivity-checks.js';
import { buildRtp } from '../../src/media/testing/rtp-packets.js';
import type { SessionDescription, Signalling } from '../../src/room/signalling.js';
import { nameOf, writePayload } from './expectations.js';
import { GOOD_PATH, type Host, type Network, type PathQuality } from './network.js';
import type { SeededRandom } from './random.js';
import { Session } from './session.js';
import type { Timeline } from './timeline.js';

/** Milliseconds between two questions for offers. */
const POLL_INTERVAL = 3_000;
/** Between two connectivity checks: before the first answer, and from then on. */
const FIRST_CHECK_INTERVAL = 500;
const CHECK_INTERVAL = 5_000;
/** Without an answer for so long, ICE is restarted. */
const ICE_PATIENCE = 20_000;
/** Until a call that found no way is tried again. */
const CALL_RETRY_INTERVAL = 500;
/** Share of the calls under way that are lost with a participant who vanishes. */
const LOST_CALLS = 0.5;
/** Between two packets, on average. */
const PACKET_INTERVAL = 4_000;
/** A packet in so many speaks; audio levels of RFC 6464. */
const SPEECH_SHARE = 0.4;
const SPEECH_LEVEL = 0x80 | 20;
const SILENCE_LEVEL = 127;
const TICKS_PER_MILLISECOND = 48;
const OPUS = 111;
const LEVEL_EXTENSION = 1;
const BINDING_SUCCESS = 0x0101;
/** First octets of datagrams: STUN below the first, DTLS below the second, then media. */
const FIRST_DTLS = 20;
const FIRST_MEDIA = 128;

export interface ParticipantSurroundings {
  readonly timeline: Timeline;
  readonly random: SeededRandom;
  readonly network: Network;
  readonly control: Signalling;
  newSerial(): number;
  /** A session begins. */
  onSession(session: Session): void;
  /** The engine has taken the session in, or is about to: it has got the call. */
  onAdmission(session: Session): void;
  onAdmitted(session: Session, cid: string): void;
  /** The session has another address, or the first one. */
  onAddress(address: string, session: Session): void;
  /** @returns whom the session hears by that packet, or null when it is not the session's */
  heard(packet: Buffer, session: Session): number | null;
  note(event: string): void;
}

/** Somebody with a client: joins, answers offers, checks connectivity, sends, and comes again when it was lost. */
export class Participant implements Host {
  quality: PathQuality = GOOD_PATH;
  isCutOff = false;
  /** It does nothing any longer. */
  isGone = false;
  session: Session | null = null;
  address: string;
  readonly #surroundings: ParticipantSurroundings;
  readonly #awaited = new Map<string, number>();
  #checkNumber = 0;
  #isCalling = false;
  #answeredAt = 0;

  constructor(
    readonly rid: string,
    readonly uid: string,
    readonly speaks: boolean,
    readonly slots: number,
    surroundings: ParticipantSurroundings,
  ) {
    this.#surroundings = surroundings;
    this.address = surroundings.network.attach(this);
    this.#join();
  }

  /** Says that it leaves. */
  leave(): void {
    const { session } = this;
    const name = session?.name ?? null;
    if (session === null || name === null) {
      this.vanish();
      return;
    }
    this.#note('leaves');
    this.#isCalling = false;
    this.#call(
      session,
      () => this.#surroundings.control.end(name),
      () => this.vanish(),
    );
  }

  /** Ends the media, as a page that is closed does, and says nothing. */
  hangUp(): void {
    this.#note('hangs up');
    this.session?.handshake.close();
    this.vanish();
  }

  /** Is no longer there, of a sudden. */
  vanish(): void {
    if (this.isGone) return;
    this.#note('is gone');
    this.isGone = true;
    this.session = null;
    this.#surroundings.network.detach(this.address);
  }

  /** Is behind another address from here on. */
  rebind(): void {
    const { network } = this.#surroundings;
    network.detach(this.address);
    this.address = network.attach(this);
    if (this.session !== null) this.#surroundings.onAddress(this.address, this.session);
    this.#note(`is at ${this.address}`);
  }

  restartIce(): void {
    const { session } = this;
    const name = session?.name ?? null;
    if (session === null || name === null || this.#isCalling) return;
    const jsep = JSON.stringify({ type: 'offer', sdp: session.client.offer(true) });
    this.#note('restarts ICE');
    this.#call(
      session,
      () => this.#surroundings.control.restart(name, jsep),
      (answer) => this.#takeAnswer(session, answer),
    );
  }

  mute(muted: boolean): void {
    const { session } = this;
    const name = session?.name ?? null;
    if (session === null || name === null || this.#isCalling) return;
    this.#call(
      session,
      () => this.#surroundings.control.mute(name, muted),
      () => undefined,
    );
  }

  receive(bytes: Buffer): void {
    const { session } = this;
    const first = bytes[0] ?? 0;
    if (session === null) return;
    if (first < FIRST_DTLS) this.#receiveStun(session, bytes);
    else if (first < FIRST_MEDIA) session.handshake.receive(bytes, 0, bytes.length);
    else {
      const serial = this.#surroundings.heard(bytes, session);
      if (serial !== null) session.heardAt.set(serial, this.#surroundings.timeline.now);
    }
  }

  #join(): void {
    const { random, timeline, control } = this.#surroundings;
    this.#isCalling = false;
    const session: Session = new Session({
      serial: this.#surroundings.newSerial(),
      rid: this.rid,
      uid: this.uid,
      speaks: this.speaks,
      slots: this.slots,
      random,
      now: () => timeline.now,
      send: (bytes) => this.#send(session, bytes),
      onConnected: () => this.#connected(session),
      onClosed: () => this.#closed(session),
    });
    this.session = session;
    this.#surroundings.onSession(session);
    this.#surroundings.onAddress(this.address, session);
    this.#note('joins');
    const { rid, uid } = this;
    const jsep = JSON.stringify({ type: 'offer', sdp: session.client.offer() });
    const permissions = { publish: true, subscribe: true };
    this.#call(
      session,
      () => {
        this.#surroundings.onAdmission(session);
        const call = { rid, uid, jsep, limit: 0, callback: null, slots: this.slots, permissions };
        const { cid, answer } = control.publish(call);
        this.#surroundings.onAdmitted(session, cid);
        return { cid, answer };
      },
      ({ cid, answer }) => {
        session.name = { rid, uid, cid };
        this.#takeAnswer(session, answer);
        this.#answeredAt = timeline.now;
        this.#checkOn(session);
        this.#pollOn(session);
      },
    );
  }

  #takeAnswer(session: Session, { sdp }: SessionDescription): void {
    session.client.takeAnswer(sdp);
    const [, worker] = /^a=candidate:.* 192\.0\.2\.(\d+) 40000 /m.exec(sdp) ?? [];
    session.worker = Number(worker) - 1;
    session.ufrag = /^a=ice-ufrag:(\S+)/m.exec(sdp)?.[1] ?? '';
    session.password = /^a=ice-pwd:(\S+)/m.exec(sdp)?.[1] ?? '';
  }

  /** Calls reach the engine in turn, and are held up while there is no way there. */
  #call<Result>(session: Session, call: () => Result, done: (result: Result) => void): void {
    const { timeline, random } = this.#surroundings;
    this.#isCalling = true;
    timeline.after(this.#signallingDelay(), () => {
      if (this.isGone && (this.isCutOff || random.chance(LOST_CALLS))) return;
      if (this.isCutOff) {
        timeline.after(CALL_RETRY_INTERVAL, () => this.#call(session, call, done));
        return;
      }
      const [result, error] = attempt(call);
      if (error !== null) this.#note(`is answered ${error.name}`);
      timeline.after(this.#signallingDelay(), () => {
        if (this.isGone || this.session !== session) return;
        this.#isCalling = false;
        if (error !== null) this.#refused(error);
        else if (result !== null) done(result.value);
      });
    });
  }

  #refused({ name }: RpcError): void {
    switch (name) {
      case 'PEER_NOT_FOUND':
      case 'PEER_CLOSED':
        this.#rejoin();
        break;
      case 'TRACK_NOT_FOUND':
      case 'ROOM_FULL':
        this.vanish();
        break;
      default:
        throw new Error(`${this.rid}/${this.uid} is answered ${name}`);
    }
  }

  #rejoin(): void {
    const { random, timeline } = this.#surroundings;
    this.session = null;
    timeline.after(random.between(100, 3_000), () => {
      if (!this.isGone) this.#join();
    });
  }

  #pollOn(session: Session): void {
    this.#surroundings.timeline.after(POLL_INTERVAL, () => {
      if (this.isGone || this.session !== session) return;
      this.#poll(session);
      this.#pollOn(session);
    });
  }

  #poll(session: Session): void {
    const { control } = this.#surroundings;
    const { name } = session;
    if (name === null || this.#isCalling) return;
    this.#call(
      session,
      () => control.subscribe(name),
      (offer) => {
        if (offer === null) return;
        const jsep = JSON.stringify({ type: 'answer', sdp: session.client.answer(offer.sdp) });
        this.#call(
          session,
          () => control.answer(name, jsep),
          () => undefined,
        );
      },
    );
  }

  #checkOn(session: Session): void {
    if (this.isGone || this.session !== session) return;
    const { timeline } = this.#surroundings;
    this.#check(session);
    session.handshake.handleTimeout();
    if (timeline.now - this.#answeredAt > ICE_PATIENCE) {
      this.#answeredAt = timeline.now;
      this.restartIce();
    }
    const interval = session.isConnected ? CHECK_INTERVAL : FIRST_CHECK_INTERVAL;
    timeline.after(interval, () => this.#checkOn(session));
  }

  #check(session: Session): void {
    const transactionId = Buffer.alloc(12);
    transactionId.writeUInt32BE(session.serial, 0);
    transactionId.writeUInt32BE(++this.#checkNumber, 8);
    const bytes = checks.buildMessage({
      attributes: [
        checks.username(`${session.ufrag}:${session.client.ice.ufrag}`),
        checks.controlling,
        checks.priority(0x6e7f00ff),
        checks.useCandidate,
      ],
      password: session.password,
      transactionId,
    });
    this.#awaited.set(transactionId.toString('hex'), session.serial);
    if (this.#awaited.size > 32) {
      const [oldest] = this.#awaited.keys();
      if (oldest !== undefined) this.#awaited.delete(oldest);
    }
    this.#send(session, Buffer.from(bytes));
  }

  #receiveStun(session: Session, bytes: Buffer): void {
    if (bytes.readUInt16BE(0) !== BINDING_SUCCESS) return;
    if (this.#awaited.get(bytes.toString('hex', 8, 20)) !== session.serial) return;
    this.#awaited.delete(bytes.toString('hex', 8, 20));
    this.#answeredAt = this.#surroundings.timeline.now;
    if (!session.isReachable) {
      session.isReachable = true;
      session.handshake.start();
    }
  }

  #connected(session: Session): void {
    if (this.session !== session) return;
    this.#note('is connected');
    if (session.speaks) this.#speakOn(session, 0, this.#surroundings.random.below(0x8000));
  }

  /** The engine has ended the media: why, the next call tells. */
  #closed(session: Session): void {
    if (this.session !== session) return;
    this.#note('is told that media is over');
    session.isConnected = false;
    this.#poll(session);
  }

  #speakOn(session: Session, n: number, index: number): void {
    const { timeline, random } = this.#surroundings;
    if (this.isGone || this.session !== session) return;
    const { srtp } = session;
    if (srtp !== null && session.isConnected) {
      const level = random.chance(SPEECH_SHARE) ? SPEECH_LEVEL : SILENCE_LEVEL;
      const packet = buildRtp({
        ssrc: session.client.ssrc,
        sequenceNumber: index % 0x1_0000,
        timestamp: Math.floor(timeline.now * TICKS_PER_MILLISECOND) % 2 ** 32,
        payloadType: OPUS,
        payload: writePayload(session.serial, n),
        extensions: new Map([[LEVEL_EXTENSION, Uint8Array.of(level)]]),
      });
      const bytes = srtp.protect(packet, index);
      this.#send(session, bytes, () => session.arrived(n, timeline.now));
    }
    const interval = random.between(0.5, 1.5) * PACKET_INTERVAL;
    timeline.after(interval, () => this.#speakOn(session, n + 1, index + 1));
  }

  #send(session: Session, bytes: Buffer, onArrival: () => void = NOTHING): void {
    this.#surroundings.network.toEngine(this, this.address, session.worker, bytes, onArrival);
  }

  #signallingDelay(): number {
    const { delay, jitter } = this.quality;
    return delay + this.#surroundings.random.fraction() * jitter;
  }

  #note(event: string): void {
    const { session, rid, uid } = this;
    this.#surroundings.note(`${session === null ? `${rid}/${uid}` : nameOf(session)} ${event}`);
  }
}

const NOTHING = () => undefined;

/** @returns what the call answers, or the error by which it says that the caller is at fault */
function attempt<Result>(call: () => Result): [{ readonly value: Result } | null, RpcError | null] {
  try {
    return [{ value: call() }, null];
  } catch (error) {
    if (error instanceof RpcError) return [null, error];
    throw error;
  }
}
