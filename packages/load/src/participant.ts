/**
 * One synthetic participant: its signalling, its transports, what it sends and what it hears.
 * Time comes in as `now` in milliseconds; whoever owns it calls tick() often and drain() when packets may wait.
 */
import { randomBytes, randomInt } from 'node:crypto';
import type { SrtpKeys } from './engine-modules.js';
import type { LatencyProbe } from './latency-probe.js';
import { MediaReceiver } from './media-receiver.js';
import { MediaSender } from './media-sender.js';
import { ANYBODY } from './reception.js';
import { SampleVerifier } from './sample-verifier.js';
import type { LocalDescription, RemoteTransport } from './sdp.js';
import type { Signalling, SignallingParticipant, SignallingSession, TransportUse } from './signalling.js';
import { SrtpKey } from './srtp.js';
import type { StunCredentials } from './stun-client.js';
import { levelAt, type Talk } from './talk.js';
import { Transport, type TransportEnvironment, type TransportState } from './transport.js';

const REPORT_INTERVAL_MS = 5000;
/** Characters of ICE credentials. */
const UFRAG_LENGTH = 8;
const PASSWORD_LENGTH = 24;
/** Packets after which the sequence number of every second stream rolls over: within a short run, after it began. */
const EARLY_ROLLOVER = [250, 750] as const;

export interface ParticipantOptions {
  /** Unique over all participants of the run. */
  readonly index: number;
  readonly rid: string;
  readonly uid: string;
  readonly isPublisher: boolean;
  /** In how many slots it hears whoever speaks; 0 for an m-line per publisher. */
  readonly slots: number;
  readonly sampleShare: number;
  /** When it speaks, and which of the room's publishers it is; null for levels that mean nothing. */
  readonly talk: { readonly talk: Talk; readonly place: number } | null;
  /** The SFU forwards some of what is published: what does not come need not be lost. */
  readonly isSelective: boolean;
  /** Gives the publisher's index by its uid; -1 for nobody of this run. */
  readonly publisherOf: (uid: string) => number;
}

/** What all participants of a process share. */
export interface ParticipantEnvironment extends TransportEnvironment {
  readonly fingerprint: string;
  readonly signalling: Signalling;
  /** Told of each packet sent and received; null where latency is not measured. */
  readonly latency: LatencyProbe | null;
}

/** `connected` when everything that it has asked for is. */
export type ParticipantState = 'new' | TransportState;

export class Participant implements SignallingParticipant {
  readonly options: ParticipantOptions;
  description: LocalDescription;
  /** Why it closed, or null while nothing is wrong. */
  fault: string | null = null;
  sender: MediaSender | null = null;
  receiver: MediaReceiver | null = null;
  readonly #environment: ParticipantEnvironment;
  readonly #session: SignallingSession;
  readonly #sequenceNumber: number;
  readonly #timestamp = randomInt(2 ** 32);
  readonly #transports: Transport[] = [];
  /** Publishers' indices by SSRC, which may be known before the transport is. */
  readonly #publishers = new Map<number, number>();
  #hasJoined = false;
  #isClosed = false;
  #sending: Transport | null = null;
  #receiving: Transport | null = null;
  /** Reports on what is heard, where that comes over a transport of its own. */
  #reporter: MediaSender | null = null;
  #nextReport: number;

  constructor(options: ParticipantOptions, environment: ParticipantEnvironment) {
    this.options = options;
    this.#environment = environment;
    const { uid, index, isPublisher, slots } = options;
    const stream = { ssrc: ssrcOf(index), streamId: `stream-${uid}`, trackId: `track-${uid}` };
    this.description = {
      ufrag: `u${index}`.padEnd(UFRAG_LENGTH, 'x'),
      password: `p${index}`.padEnd(PASSWORD_LENGTH, 'y'),
      fingerprint: environment.fingerprint,
      stream: isPublisher ? stream : null,
      slots,
    };
    this.#session = environment.signalling.sessionOf(this);
    this.#nextReport = randomInt(REPORT_INTERVAL_MS);
    this.#sequenceNumber = index % 2 === 0 ? randomInt(0x8000) : 0x1_0000 - randomInt(...EARLY_ROLLOVER);
  }

  get rid(): string {
    return this.options.rid;
  }

  get uid(): string {
    return this.options.uid;
  }

  get state(): ParticipantState {
    if (this.#isClosed) return 'closed';
    if (!this.#hasJoined) return 'new';
    return this.#transports.find(({ state }) => state !== 'connected')?.state ?? 'connected';
  }

  get sendFailures(): number {
    return this.#transports.reduce((sum, transport) => sum + transport.sendFailures, 0);
  }

  /** The local ports. */
  get ports(): number[] {
    return this.#transports.map(({ port }) => port);
  }

  /** Joins the room and begins with ICE. */
  async publish(now: number): Promise<void> {
    await this.#session.publish();
    this.#nextReport += now;
    this.#hasJoined = true;
  }

  /** Asks for news, and answers what is offered. */
  async subscribe(): Promise<void> {
    await this.#session.subscribe();
  }

  async end(): Promise<void> {
    await this.#session.end();
    this.close(null);
  }

  close(fault: string | null): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.fault = fault;
    for (const transport of this.#transports) transport.close();
  }

  /** Is gone without a word. */
  vanish(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    for (const transport of this.#transports) transport.vanish();
  }

  openTransport(use: TransportUse, remote: RemoteTransport): void {
    const transport: Transport = new Transport(this.#environment, {
      local: this.description,
      remote,
      onConnected: (keys) => this.#connect(use, transport, keys),
      onMedia: (bytes, offset, length) => {
        // Over a transport that only sends come reports on what was sent, and nobody needs them here.
        if (use !== 'sending') this.receiver?.receive(bytes, offset, length);
      },
      onClosed: (fault) => this.close(fault),
    });
    this.#transports.push(transport);
  }

  bind(ssrc: number, uid: string): void {
    this.#bind(ssrc, this.options.publisherOf(uid));
  }

  bindSlot(ssrc: number): void {
    this.#bind(ssrc, ANYBODY);
  }

  #bind(ssrc: number, publisher: number): void {
    this.#publishers.set(ssrc, publisher);
    this.receiver?.bind(ssrc, publisher);
  }

  /** @returns indices of the publishers that the SFU has named and that can be heard */
  heardPublishers(): Set<number> {
    const receptions = this.receiver?.receptions.values() ?? [];
    return new Set(receptions.map((reception) => reception.publisher).filter((index) => index >= 0));
  }

  /** Sends the stream's next packet, if it is connected and publishes. */
  sendMedia(now: number): void {
    if (this.#sending === null || this.sender === null || this.#isClosed) return;
    const { memory, latency } = this.#environment;
    const { counter } = this.sender;
    const { talk } = this.options;
    const level = talk === null ? undefined : levelAt(talk.talk, talk.place, now);
    const length = this.sender.writeNext(memory.sent, level);
    latency?.beforeSend(this.options.index, counter);
    this.#sending.sendPrepared(length);
  }

  /** Sends what is due: connectivity checks, DTLS retransmissions, reports. */
  tick(now: number): void {
    for (const transport of this.#transports) transport.tick(now);
    if (now < this.#nextReport || !this.#hasJoined || this.#isClosed) return;
    this.#nextReport = now + REPORT_INTERVAL_MS;
    const receptions = this.receiver?.receptions.values() ?? [];
    const isShared = this.#sending === this.#receiving;
    if (this.sender !== null) {
      this.#sending?.send(this.sender.writeReport(isShared ? receptions : [], Date.now()));
    }
    if (this.#reporter !== null) {
      this.#receiving?.send(this.#reporter.writeReport(receptions, Date.now()));
    }
  }

  /** Has other ICE credentials from here on; restartIce() follows when the server has taken them. */
  renewCredentials(): void {
    const ufrag = randomBytes(UFRAG_LENGTH / 2).toString('hex');
    const password = randomBytes(PASSWORD_LENGTH / 2).toString('hex');
    this.description = { ...this.description, ufrag, password };
  }

  /** Checks connectivity anew, under new credentials of both sides. */
  restartIce(remote: StunCredentials): void {
    for (const transport of this.#transports) transport.restartIce(this.description, remote);
  }

  /** Sends what it never would by itself. */
  send(datagram: Uint8Array): void {
    for (const transport of this.#transports) transport.send(datagram);
  }

  /** Takes everything that waits in the sockets. */
  drain(now: number): void {
    for (const transport of this.#transports) transport.drain(now);
  }

  #connect(use: TransportUse, transport: Transport, keys: SrtpKeys): void {
    const sendingKey = new SrtpKey(keys.local.masterKey, keys.local.masterSalt);
    if (use !== 'receiving') {
      this.#sending = transport;
      this.sender = this.#senderUnder(sendingKey, this.options.isPublisher);
    } else this.#reporter = this.#senderUnder(sendingKey, false);
    if (use !== 'sending') {
      this.#receiving = transport;
      this.#receiveUnder(new SrtpKey(keys.remote.masterKey, keys.remote.masterSalt));
    }
  }

  #senderUnder(key: SrtpKey, isPublisher: boolean): MediaSender {
    const { index, uid } = this.options;
    const origin = {
      publisher: index,
      ssrc: ssrcOf(index),
      sequenceNumber: this.#sequenceNumber,
      timestamp: this.#timestamp,
    };
    return new MediaSender(origin, key, `stream-${uid}`, isPublisher);
  }

  #receiveUnder(key: SrtpKey): void {
    const { index, uid, sampleShare, isSelective } = this.options;
    const verifier = new SampleVerifier(key, uid, isSelective);
    this.receiver = new MediaReceiver(key, verifier, sampleShare, index + 1, this.#environment.latency);
    for (const [ssrc, publisher] of this.#publishers) this.receiver.bind(ssrc, publisher);
  }
}

/** Well apart from each other, and never 0. */
function ssrcOf(index: number): number {
  return Math.imul(index + 1, 0x9e37_79b1) >>> 0 || 1;
}
