import { RpcError } from '@kraken/protocol';
import { OFFER_DELAY } from '../../src/live/live-rooms.js';
import type { SessionDescription, Signalling } from '../../src/room/signalling.js';
import type { ClientRepair } from '../../src/room/testing/simulated-client.js';
import { ConnectivityChecks, numberOfAnswer } from './connectivity-check.js';
import type { Counts } from './counts.js';
import type { Density } from './density.js';
import { nameOf } from './expectations.js';
import { type HeardPacket, MediaExchange } from './media-exchange.js';
import { GOOD_PATH, type Host, type Network, type PathQuality } from './network.js';
import type { SeededRandom } from './random.js';
import { repairByChance } from './repair.js';
import { Session } from './session.js';
import type { Timeline } from './timeline.js';

/** Milliseconds until a connectivity check that is not answered is followed by the next: at first, and at most. */
const FIRST_CHECK_INTERVAL = 500;
const LONGEST_CHECK_INTERVAL = 5_000;
/** Checks that an answer is still awaited for. */
const AWAITED_CHECKS = 32;
/** Without an answer for so long, ICE is restarted. */
const ICE_PATIENCE = 20_000;
/** Until a call that found no way is tried again. */
const CALL_RETRY_INTERVAL = 500;
/** Share of the calls under way that are lost with a participant who vanishes. */
const LOST_CALLS = 0.5;
/** Share of the participants who have a live socket; the others ask now and then. */
const TOLD = 0.5;
const BINDING_SUCCESS = 0x0101;
/** First octets of datagrams: STUN below the first, DTLS below the second, then media. */
const FIRST_DTLS = 20;
const FIRST_MEDIA = 128;

export interface ParticipantSurroundings {
  readonly timeline: Timeline;
  readonly random: SeededRandom;
  readonly network: Network;
  readonly control: Signalling;
  readonly density: Density;
  readonly counts: Counts;
  newSerial(): number;
  /** A session begins. */
  onSession(session: Session): void;
  /** The engine has taken the session in, or is about to: it has got the call. */
  onAdmission(session: Session): void;
  onAdmitted(session: Session, cid: string): void;
  /** The session has another address, or the first one. */
  onAddress(address: string, session: Session): void;
  /** Somebody hears a packet of somebody. */
  onHeard(): void;
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
  /** It has a live socket, and is told when there may be something new. */
  readonly isTold: boolean;
  readonly #repair: ClientRepair | null;
  /** Of the present session, from when it is connected. */
  #media: MediaExchange | null = null;
  #checks: ConnectivityChecks | null = null;
  #checkNumber = 0;
  /** The number of the last check that was answered. */
  #answeredNumber = 0;
  /** Checks in a row without an answer, and since when, ms. */
  #unanswered = 0;
  #unansweredSince = 0;
  #isCalling = false;
  /** It was told so while it could not ask. */
  #isBehind = false;
  #isToBeTold = false;

  constructor(
    readonly rid: string,
    readonly uid: string,
    readonly speaks: boolean,
    readonly slots: number,
    surroundings: ParticipantSurroundings,
  ) {
    this.#surroundings = surroundings;
    this.isTold = surroundings.random.chance(TOLD);
    this.#repair = repairByChance(surroundings.random);
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

  /** There may be something new for it, of which it learns together with what else is new by then. */
  tellSoon(): void {
    if (this.#isToBeTold) return;
    this.#isToBeTold = true;
    this.#surroundings.timeline.after(OFFER_DELAY, () => {
      this.#isToBeTold = false;
      this.#pollAgain();
    });
  }

  receive(bytes: Buffer, heard: HeardPacket | null): void {
    const { session } = this;
    const first = bytes[0] ?? 0;
    if (session === null) return;
    if (first < FIRST_DTLS) this.#receiveStun(session, bytes);
    else if (first < FIRST_MEDIA) session.handshake.receive(bytes, 0, bytes.length);
    else if (heard === null) this.#media?.receiveRtcp(bytes);
    else if (heard.session === session) this.#media?.hear(heard);
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
      repair: this.#repair,
      random,
      now: () => timeline.now,
      send: (bytes) => this.#send(session, bytes),
      onConnected: () => this.#connected(session),
      onClosed: () => this.#closed(session),
    });
    this.session = session;
    this.#media = null;
    this.#surroundings.onSession(session);
    this.#surroundings.onAddress(this.address, session);
    this.#note('joins');
    const { rid, uid } = this;
    const jsep = JSON.stringify({ type: 'offer', sdp: session.client.offer() });
    const permissions = { publish: true, subscribe: true };
    const origin = { address: null, subject: uid };
    this.#call(
      session,
      () => {
        this.#surroundings.onAdmission(session);
        const call = { rid, uid, jsep, limit: 0, callback: null, slots: this.slots, permissions, origin };
        const { cid, answer } = control.publish(call);
        this.#surroundings.onAdmitted(session, cid);
        return { cid, answer };
      },
      ({ cid, answer }) => {
        session.name = { rid, uid, cid };
        this.#takeAnswer(session, answer);
        this.#unanswered = 0;
        this.#checkOn(session);
        if (this.isTold) this.#poll(session);
        else this.#pollOn(session);
      },
    );
  }

  #takeAnswer(session: Session, { sdp }: SessionDescription): void {
    session.client.takeAnswer(sdp);
    const [, worker] = /^a=candidate:.* 192\.0\.2\.(\d+) 40000 /m.exec(sdp) ?? [];
    session.worker = Number(worker) - 1;
    session.ufrag = /^a=ice-ufrag:(\S+)/m.exec(sdp)?.[1] ?? '';
    session.password = /^a=ice-pwd:(\S+)/m.exec(sdp)?.[1] ?? '';
    this.#checks = new ConnectivityChecks(session, session.client.ice.ufrag);
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
        if (this.#isBehind) this.#pollAgain();
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
    const { timeline, density } = this.#surroundings;
    timeline.after(density.pollInterval, () => {
      if (this.isGone || this.session !== session) return;
      this.#poll(session);
      this.#pollOn(session);
    });
  }

  #pollAgain(): void {
    if (this.session !== null) this.#poll(this.session);
  }

  #poll(session: Session): void {
    const { control } = this.#surroundings;
    const { name } = session;
    this.#isBehind = name === null || this.#isCalling;
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
    if (this.#unanswered === 0) this.#unansweredSince = timeline.now;
    this.#check(session);
    session.handshake.handleTimeout();
    if (timeline.now - this.#unansweredSince > ICE_PATIENCE) {
      this.#unansweredSince = timeline.now;
      this.restartIce();
    }
    const patience = Math.min(FIRST_CHECK_INTERVAL * 2 ** this.#unanswered, LONGEST_CHECK_INTERVAL);
    this.#unanswered++;
    timeline.after(session.isConnected ? patience : FIRST_CHECK_INTERVAL, () => this.#lookForAnswer(session));
  }

  /** Who was answered is in no hurry. */
  #lookForAnswer(session: Session): void {
    const { timeline, density } = this.#surroundings;
    if (this.#unanswered > 0 || !session.isConnected) this.#checkOn(session);
    else timeline.after(density.checkInterval - FIRST_CHECK_INTERVAL, () => this.#checkOn(session));
  }

  #check(session: Session): void {
    const check = this.#checks?.write(session.serial, ++this.#checkNumber);
    if (check !== undefined) this.#send(session, check);
  }

  #receiveStun(session: Session, bytes: Buffer): void {
    if (bytes.readUInt16BE(0) !== BINDING_SUCCESS) return;
    const number = numberOfAnswer(bytes, session.serial) ?? 0;
    if (number <= Math.max(this.#answeredNumber, this.#checkNumber - AWAITED_CHECKS)) return;
    this.#answeredNumber = number;
    this.#unanswered = 0;
    if (!session.isReachable) {
      session.isReachable = true;
      session.handshake.start();
    }
  }

  #connected(session: Session): void {
    if (this.session !== session) return;
    this.#note('is connected');
    const { srtp } = session;
    if (srtp === null) return;
    this.#media = new MediaExchange(session, srtp, {
      ...this.#surroundings,
      isOver: () => this.isGone || this.session !== session,
      send: (bytes, onArrival) => this.#send(session, bytes, onArrival),
    });
    this.#media.begin();
  }

  /** The engine has ended the media: why, the next call tells. */
  #closed(session: Session): void {
    if (this.session !== session) return;
    this.#note('is told that media is over');
    session.isConnected = false;
    this.#poll(session);
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
