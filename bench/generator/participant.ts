/**
 * One synthetic participant: signalling as Kraken's clients do it, ICE, DTLS and media over a socket of its own.
 * Time comes in as `now` in milliseconds; whoever owns it calls tick() often and drain() when packets may wait.
 */
import { randomInt } from 'node:crypto';
import { type DtlsContext, DtlsSession, type SrtpKeys } from './engine-modules.js';
import type { LatencyProbe } from './latency-probe.js';
import { MediaReceiver } from './media-receiver.js';
import { MediaSender } from './media-sender.js';
import {
  type LocalDescription,
  parseDescription,
  type RemoteDescription,
  writeAnswer,
  writeOffer,
} from './sdp.js';
import type { SignallingClient } from './signalling-client.js';
import { MAX_DATAGRAM, ParticipantSocket, RECEIVE_BATCH, type SocketMemory } from './socket.js';
import { SrtpKey } from './srtp.js';
import { StunClient } from './stun-client.js';

/** Connectivity checks until the first response, and after it to keep consent (RFC 7675 asks for under 5 s). */
const CHECK_INTERVAL_MS = 100;
const CONSENT_INTERVAL_MS = 2500;
const REPORT_INTERVAL_MS = 5000;
/** Packets after which the sequence number of every second stream rolls over: within a short run, after it began. */
const EARLY_ROLLOVER = [250, 750] as const;

export interface ParticipantOptions {
  /** Unique over all participants of the run. */
  readonly index: number;
  readonly rid: string;
  readonly uid: string;
  readonly isPublisher: boolean;
  readonly sampleShare: number;
  /** Gives the publisher's index by its uid; -1 for nobody of this run. */
  readonly publisherOf: (uid: string) => number;
}

/** What all participants of a process share. */
export interface ParticipantEnvironment {
  readonly memory: SocketMemory;
  readonly dtls: DtlsContext;
  readonly fingerprint: string;
  readonly signalling: SignallingClient;
  /** Told of each packet sent and received; null where latency is not measured. */
  readonly latency: LatencyProbe | null;
}

export type ParticipantState = 'new' | 'checking' | 'handshaking' | 'connected' | 'closed';

export class Participant {
  readonly options: ParticipantOptions;
  state: ParticipantState = 'new';
  /** Why it closed, or null while nothing is wrong. */
  fault: string | null = null;
  sender: MediaSender | null = null;
  receiver: MediaReceiver | null = null;
  readonly #environment: ParticipantEnvironment;
  readonly #local: LocalDescription;
  readonly #sequenceNumber: number;
  readonly #timestamp = randomInt(2 ** 32);
  #remote: RemoteDescription | null = null;
  #cid = '';
  #socket: ParticipantSocket | null = null;
  #stun: StunClient | null = null;
  #dtls: DtlsSession | null = null;
  #nextCheck = 0;
  #nextTimeout = Number.POSITIVE_INFINITY;
  #nextReport: number;

  constructor(options: ParticipantOptions, environment: ParticipantEnvironment) {
    this.options = options;
    this.#environment = environment;
    const { uid, index, isPublisher } = options;
    const stream = { ssrc: ssrcOf(index), streamId: `stream-${uid}`, trackId: `track-${uid}` };
    this.#local = {
      ufrag: `u${index}`.padEnd(8, 'x'),
      password: `p${index}`.padEnd(24, 'y'),
      fingerprint: environment.fingerprint,
      stream: isPublisher ? stream : null,
    };
    this.#nextReport = randomInt(REPORT_INTERVAL_MS);
    this.#sequenceNumber = index % 2 === 0 ? randomInt(0x8000) : 0x1_0000 - randomInt(...EARLY_ROLLOVER);
  }

  get sendFailures(): number {
    return this.#socket?.sendFailures ?? 0;
  }

  /** The local port, or null as long as there is none. */
  get port(): number | null {
    return this.#socket?.port ?? null;
  }

  /** Offers to the engine and begins with ICE. */
  async publish(now: number): Promise<void> {
    const { rid, uid } = this.options;
    const { cid, sdp } = await this.#environment.signalling.publish(rid, uid, writeOffer(this.#local));
    this.#cid = cid;
    this.#remote = parseDescription(sdp);
    if (this.#remote.setup !== 'passive') {
      throw new Error(`${uid}: a=setup:${this.#remote.setup} answers a=setup:active`);
    }
    const { candidates } = this.#remote;
    const candidate = candidates.find(({ address }) => address.startsWith('127.')) ?? candidates[0];
    if (candidate === undefined) throw new Error(`${uid}: the answer has no UDP candidate on IPv4`);
    this.#socket = new ParticipantSocket(this.#environment.memory, candidate.address, candidate.port);
    this.#stun = new StunClient(this.#local.ufrag, this.#remote.ufrag, this.#remote.password);
    this.#nextReport += now;
    this.state = 'checking';
  }

  /** Asks for news, and answers what is offered. */
  async subscribe(): Promise<void> {
    const { rid, uid, publisherOf } = this.options;
    const { signalling } = this.#environment;
    const sdp = await signalling.subscribe(rid, uid, this.#cid);
    if (sdp === null || this.receiver === null) return;
    const offer = parseDescription(sdp);
    for (const media of offer.media) {
      const ssrc = media.ssrcs[0];
      const sends = media.direction === 'sendonly' || media.direction === 'sendrecv';
      if (media.rejected || !sends || ssrc === undefined || media.streamId === null) continue;
      this.receiver.bind(ssrc, publisherOf(media.streamId));
    }
    await signalling.answer(rid, uid, this.#cid, writeAnswer(this.#local, offer));
  }

  async end(): Promise<void> {
    const { rid, uid } = this.options;
    if (this.#cid !== '') await this.#environment.signalling.end(rid, uid, this.#cid);
    this.close(null);
  }

  close(fault: string | null): void {
    if (this.state === 'closed') return;
    this.state = 'closed';
    this.fault = fault;
    this.#dtls?.close();
    this.#socket?.close();
  }

  /** @returns indices of the publishers that the engine's offers have named */
  heardPublishers(): Set<number> {
    const receptions = this.receiver?.receptions.values() ?? [];
    return new Set([...receptions].map((reception) => reception.publisher).filter((index) => index >= 0));
  }

  /** Sends the stream's next packet, if it is connected and publishes. */
  sendMedia(): void {
    if (this.state !== 'connected' || this.sender === null || this.#socket === null) return;
    const { memory, latency } = this.#environment;
    const { counter } = this.sender;
    const length = this.sender.writeNext(memory.sent);
    latency?.beforeSend(this.options.index, counter);
    this.#socket.sendPrepared(length);
  }

  /** Sends what is due: connectivity checks, DTLS retransmissions, reports. */
  tick(now: number): void {
    if (this.#socket === null || this.#stun === null || this.state === 'closed') return;
    if (now >= this.#nextCheck) {
      this.#nextCheck = now + (this.state === 'checking' ? CHECK_INTERVAL_MS : CONSENT_INTERVAL_MS);
      this.#socket.send(this.#stun.request());
    }
    if (now >= this.#nextTimeout) {
      this.#dtls?.handleTimeout();
      this.#armTimeout(now);
    }
    if (now >= this.#nextReport && this.sender !== null && this.receiver !== null) {
      this.#nextReport = now + REPORT_INTERVAL_MS;
      const receptions = [...this.receiver.receptions.values()];
      this.#socket.send(this.sender.writeReport(receptions, Date.now()));
    }
  }

  /** Takes everything that waits in the socket. */
  drain(now: number): void {
    const socket = this.#socket;
    if (socket === null) return;
    const { received } = this.#environment.memory;
    for (let count = RECEIVE_BATCH; count === RECEIVE_BATCH && this.state !== 'closed'; ) {
      count = socket.receive();
      for (let i = 0; i < count; i++) this.#receive(received, i * MAX_DATAGRAM, socket.lengthOf(i), now);
    }
  }

  /** RFC 7983 section 7: the first octet tells what it is. */
  #receive(bytes: Buffer, offset: number, length: number, now: number): void {
    const first = bytes[offset] ?? 0;
    if (first >= 128 && first <= 191) this.receiver?.receive(bytes, offset, length);
    else if (first >= 20 && first <= 63) this.#receiveDtls(bytes, offset, length, now);
    else if (first <= 3) this.#receiveStun(bytes, offset, length, now);
  }

  #receiveStun(bytes: Buffer, offset: number, length: number, now: number): void {
    const response = this.#stun?.receive(bytes.subarray(offset, offset + length)) ?? null;
    if (response === null || this.state !== 'checking') return;
    if (response.kind === 'error') {
      this.close('the engine refused a connectivity check');
      return;
    }
    this.state = 'handshaking';
    this.#nextCheck = now + CONSENT_INTERVAL_MS;
    this.#dtls = new DtlsSession(this.#environment.dtls, {
      role: 'client',
      fingerprints: this.#remote?.fingerprints ?? [],
      send: (record, start, end) => this.#socket?.send(record.subarray(start, start + end)),
      onConnected: (keys) => this.#connect(keys),
      onClosed: (reason, detail) => this.close(`${reason}: ${detail}`),
    });
    this.#dtls.start();
    this.#armTimeout(now);
  }

  #receiveDtls(bytes: Buffer, offset: number, length: number, now: number): void {
    this.#dtls?.receive(bytes, offset, length);
    this.#armTimeout(now);
  }

  #armTimeout(now: number): void {
    const timeout = this.#dtls?.timeout() ?? null;
    this.#nextTimeout = timeout === null ? Number.POSITIVE_INFINITY : now + timeout;
  }

  #connect({ local, remote }: SrtpKeys): void {
    const { index, uid, isPublisher, sampleShare } = this.options;
    const origin = {
      publisher: index,
      ssrc: ssrcOf(index),
      sequenceNumber: this.#sequenceNumber,
      timestamp: this.#timestamp,
    };
    const sendingKey = new SrtpKey(local.masterKey, local.masterSalt);
    const receivingKey = new SrtpKey(remote.masterKey, remote.masterSalt);
    this.sender = new MediaSender(origin, sendingKey, `stream-${uid}`, isPublisher);
    this.receiver = new MediaReceiver(receivingKey, uid, sampleShare, index + 1, this.#environment.latency);
    this.state = 'connected';
  }
}

/** Well apart from each other, and never 0. */
function ssrcOf(index: number): number {
  return Math.imul(index + 1, 0x9e37_79b1) >>> 0 || 1;
}
