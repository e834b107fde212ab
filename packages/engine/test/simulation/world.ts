import { DatagramKind, demultiplex } from '../../src/media/demux.js';
import { generateIceCredentials } from '../../src/media/ice/ice-credentials.js';
import type { CapturedDatagram } from '../../src/media/testing/captured-messages.js';
import { DEFAULT_CAPACITY } from '../../src/room/capacity.js';
import { ControlPlane } from '../../src/room/control-plane.js';
import type { Peer } from '../../src/room/peer.js';
import type { Room } from '../../src/room/room.js';
import type { RoomObserver } from '../../src/room/room-observer.js';
import { DEFAULT_DESCRIPTION_LIMITS } from '../../src/sdp/sections.js';
import { Counts } from './counts.js';
import type { Density } from './density.js';
import { BrokenPromise, Expectations, nameOf } from './expectations.js';
import { ASKED_WITHIN, type HeardPacket } from './media-exchange.js';
import { Network } from './network.js';
import { Participant } from './participant.js';
import type { SeededRandom } from './random.js';
import { RED_PAYLOAD_TYPE, RTX_PAYLOAD_TYPE } from './repair.js';
import type { Session } from './session.js';
import { SimulatedWorker } from './simulated-worker.js';
import { Timeline } from './timeline.js';
import { Trace } from './trace.js';

/** Participants of a room that a worker takes before the next go to another: few, so that rooms are on several. */
const SPREAD_ROOM_AT = 2;
/** Sessions that may get what is sent to an address, the latest first: it was others' before. */
const SESSIONS_OF_ADDRESS = 12;
/** Milliseconds since 1970 at the beginning of virtual time. */
const EPOCH = 1_700_000_000_000;

export interface WorldOptions {
  readonly random: SeededRandom;
  readonly kernel: WebAssembly.Module;
  readonly workers: number;
  readonly density: Density;
}

/** A whole engine, those who use it, and the network between: all but time, which is given from outside. */
export class World {
  readonly timeline = new Timeline();
  readonly trace = new Trace();
  readonly counts = new Counts();
  readonly density: Density;
  readonly expectations = new Expectations();
  readonly network: Network;
  readonly workers: readonly SimulatedWorker[];
  readonly control: ControlPlane;
  participants: Participant[] = [];
  /** Packets of others that somebody heard. */
  packetsHeard = 0;
  /** How often it was seen that somebody had heard somebody who was to be heard. */
  hearingsSeen = 0;
  readonly random: SeededRandom;
  readonly #sessionsAt = new Map<string, Session[]>();
  #lastSerial = 0;

  constructor({ random, kernel, workers, density }: WorldOptions) {
    const { timeline, counts } = this;
    this.random = random;
    this.density = density;
    this.network = new Network(timeline, random, counts, (worker, from, bytes) =>
      this.workers[worker]?.thread.receive(from, bytes),
    );
    this.workers = Array.from(
      { length: workers },
      (_, index) =>
        new SimulatedWorker(index, {
          timeline,
          random,
          kernel,
          counts,
          tickInterval: density.tickInterval,
          hasOther: (other) => this.hasOther(other),
          wake: (descriptor) => timeline.after(0.05, () => this.workers[descriptor - 1]?.thread.awake()),
          transmit: (datagram) => this.#transmit(index, datagram),
          onEvent: (event) => this.control.handleMediaEvent(event, index),
        }),
    );
    this.control = new ControlPlane({
      workers: this.workers,
      spreadRoomAt: SPREAD_ROOM_AT,
      loudest: 'auto',
      capacity: DEFAULT_CAPACITY,
      descriptionLimits: DEFAULT_DESCRIPTION_LIMITS,
      recovery: { retransmission: true, redundancy: true },
      fingerprint: { algorithm: 'sha-256', value: `${'C3:'.repeat(31)}C3` },
      generateIceCredentials: () => generateIceCredentials((count) => random.bytes(count)),
      notify: () => Promise.resolve(true),
      log: { info: () => undefined },
      now: () => timeline.now,
      date: () => EPOCH + timeline.now,
      admits: () => 'everybody',
      isDraining: () => false,
    });
    this.control.observe(this.#observer());
  }

  note(event: string): void {
    this.trace.note(this.timeline.now, event);
  }

  /** Whether a worker can be had besides that one. */
  hasOther(index: number): boolean {
    return this.workers.some((one) => one.index !== index && one.isAvailable && !one.thread.isDead);
  }

  /** Somebody joins. */
  join(rid: string, uid: string, speaks: boolean, slots: number): void {
    const { timeline, random, network, control, density } = this;
    const participant = new Participant(rid, uid, speaks, slots, {
      timeline,
      random,
      network,
      control,
      density,
      counts: this.counts,
      newSerial: () => ++this.#lastSerial,
      onSession: (session) => this.expectations.add(session),
      onAdmission: (session) => {
        if (!control.hasRoom(rid)) this.expectations.roomBegins(rid);
        session.joinedAt = timeline.now;
      },
      onAdmitted: (session, cid) => this.expectations.admitted(session, cid),
      onAddress: (address, session) => this.#has(address, session),
      onHeard: () => {
        this.packetsHeard++;
      },
      note: (event) => this.note(event),
    });
    this.participants.push(participant);
  }

  /** Forgets whom nothing is expected of any longer. */
  sweep(): void {
    this.participants = this.participants.filter(({ isGone }) => !isGone);
  }

  /**
   * When nothing has disturbed anybody for a while.
   * @param since ms: whoever is to be heard was heard from there on
   * @throws BrokenPromise when somebody does not hear who should be heard, or the engine has somebody who is gone
   */
  checkEverybodyHears(since: number): void {
    const { active_peers } = this.control.info();
    if (active_peers !== this.participants.length)
      throw new BrokenPromise(`${this.participants.length} are there, and the engine has ${active_peers}`);
    for (const { session, rid, uid } of this.participants) {
      if (session?.isConnected !== true) throw new BrokenPromise(`${rid}/${uid} is not connected`);
      for (const { session: other } of this.participants) {
        if (other === null || !this.expectations.hears(session, other)) continue;
        this.hearingsSeen++;
        const heardAt = session.heardAt.get(other.serial) ?? Number.NEGATIVE_INFINITY;
        if (heardAt < since)
          throw new BrokenPromise(
            `${nameOf(session)} has not heard ${nameOf(other)} since ${(heardAt / 1_000).toFixed(1)} s`,
          );
      }
    }
  }

  /**
   * When everybody has left.
   * @throws BrokenPromise when something is left of somebody
   */
  checkNothingIsLeft(): void {
    const { active_peers, active_rooms } = this.control.info();
    const left: Record<string, number> = {
      'participants in rooms': active_peers,
      rooms: active_rooms,
      'ids of rooms': this.control.rooms().length,
      'addresses in use': this.network.hosts,
      'timers and messages': this.timeline.pending,
    };
    for (const { index, transports, thread } of this.workers) {
      left[`transports that control has on worker ${index}`] = transports;
      left[`octets of memory on worker ${index}`] = thread.keptMemory;
      for (const [what, count] of Object.entries(thread.dataPath.holdings))
        left[`${what} on worker ${index}`] = count;
    }
    const kept = Object.entries(left).filter(([, count]) => count !== 0);
    if (kept.length > 0)
      throw new BrokenPromise(
        `everybody has left, but not ${kept.map(([what, count]) => `${count} ${what}`)}`,
      );
    this.expectations.clear();
    this.#sessionsAt.clear();
  }

  #observer(): RoomObserver {
    const nothing = () => undefined;
    const left = (cid: string) => {
      this.expectations.left(cid, this.timeline.now);
      this.#tell(({ name }) => name?.cid === cid);
    };
    const tellOne = (_room: Room, { cid }: Peer) => this.#tell(({ name }) => name?.cid === cid);
    return {
      joined: nothing,
      replaced: (_room, former) => left(former.cid),
      left: (_room, { cid, rid, uid }, reason) => {
        left(cid);
        this.counts.count(`left: ${reason}`);
        this.note(`the engine has no ${rid}/${uid} any longer: ${reason}`);
      },
      closing: nothing,
      connected: nothing,
      updated: nothing,
      permitted: tellOne,
      negotiated: tellOne,
      changed: ({ rid }) => this.#tell((session) => session.rid === rid),
      seated: nothing,
    };
  }

  /** Those who have a live socket learn that there may be something new. */
  #tell(concerns: (session: Session) => boolean): void {
    for (const participant of this.participants) {
      const { session, isTold } = participant;
      if (isTold && session !== null && concerns(session)) participant.tellSoon();
    }
  }

  #has(address: string, session: Session): void {
    const sessions = this.#sessionsAt.get(address) ?? [];
    sessions.unshift(session);
    sessions.length = Math.min(sessions.length, SESSIONS_OF_ADDRESS);
    this.#sessionsAt.set(address, sessions);
  }

  /** What the engine sends is judged before the network has its way with it. */
  #transmit(worker: number, datagram: CapturedDatagram): void {
    const { to, bytes } = datagram;
    const kind = demultiplex(bytes, 0, bytes.length);
    if (kind === DatagramKind.RTCP && !this.#takesRtcp(to)) return;
    const heard = kind === DatagramKind.RTP ? this.#judge(to, bytes) : null;
    this.network.toHost(worker, to, bytes, heard);
  }

  /** Whether somebody at an address may be asked to send again: all other RTCP participants pass over. */
  #takesRtcp(to: string): boolean {
    const since = this.timeline.now - ASKED_WITHIN;
    return this.#sessionsAt.get(to)?.some(({ spokeAt }) => spokeAt > since) === true;
  }

  #judge(to: string, bytes: Buffer): HeardPacket {
    const { now } = this.timeline;
    for (const session of this.#sessionsAt.get(to) ?? []) {
      const opened = session.open(bytes);
      if (opened === null) continue;
      const serial = this.expectations.judge(session, opened, now);
      this.trace.digest(now, session.serial, serial, opened.ssrc, opened.index);
      const { ssrc, index, payloadType } = opened;
      const isRetransmission = payloadType === RTX_PAYLOAD_TYPE;
      if (isRetransmission) this.counts.count('packets sent again in RTX');
      if (payloadType === RED_PAYLOAD_TYPE) this.counts.count('packets in RED');
      return { session, serial, ssrc, index, isRetransmission };
    }
    throw new BrokenPromise(`a packet to ${to} is under the keys of nobody who was there`);
  }
}
