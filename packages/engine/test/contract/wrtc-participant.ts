/** A participant on Google's WebRTC library, stepped by the test: nothing is polled or answered by itself. */

import type { RpcMethodName, RpcResult } from '@kraken/protocol';
import wrtc from '@roamhq/wrtc';
import { Microphone } from './microphone.js';

/** Louder than this is heard; the microphone's tone has half of the full scale. */
const LOUD_SAMPLE = 4_000;
/** How long a sound counts as being heard, in milliseconds. */
const RECENT = 300;

interface Description {
  readonly type: 'offer' | 'answer';
  readonly sdp: string;
}

interface TrackEvent {
  readonly track: { readonly id: string };
  readonly streams: readonly { readonly id: string }[];
  readonly transceiver: { readonly mid: string };
}

interface Candidate {
  readonly candidate: string;
}

/** What is used of RTCPeerConnection. */
interface Connection {
  ontrack: ((event: TrackEvent) => void) | null;
  onicecandidate: ((event: { readonly candidate: Candidate | null }) => void) | null;
  readonly remoteDescription: Description;
  readonly connectionState: string;
  addTrack(track: object): object;
  addTransceiver(kind: string, options: { readonly direction: string }): object;
  createOffer(options?: { readonly iceRestart: boolean }): Promise<Description>;
  createAnswer(): Promise<Description>;
  setLocalDescription(description: Description): Promise<void>;
  setRemoteDescription(description: unknown): Promise<void>;
  getStats(): Promise<ReadonlyMap<string, StatisticsReport>>;
  close(): void;
}

/** What is used of an entry of RTCStatsReport. */
interface StatisticsReport {
  readonly type: string;
  readonly packetsReceived?: number;
  readonly packetsLost?: number;
}

interface Sink {
  ondata: ((piece: { readonly samples: Int16Array }) => void) | null;
  stop(): void;
}

/** Where calls go, by HTTP or by a live socket. */
export interface Caller {
  call<M extends RpcMethodName>(method: M, ...params: readonly unknown[]): Promise<RpcResult<M>>;
}

/** A stream on an m-line. */
export interface HeardStream {
  readonly streamId: string;
  readonly trackId: string;
  lastLoud: number;
  readonly sink: Sink;
}

/**
 * Everything that was made of the library's connections. It crashes now and then when the garbage collector frees one that is
 * being closed (WonderInventions/node-webrtc issue 35, node-webrtc issue 614).
 */
const kept: object[] = [];

export class WrtcParticipant {
  readonly connection: Connection = new wrtc.RTCPeerConnection();
  /** By mid: the newest stream of each m-line. */
  readonly streams = new Map<string, HeardStream>();
  /** As the connection gives them out; null is the end. */
  readonly candidates: (Candidate | null)[] = [];
  cid = '';
  /** As JSON, what it has described itself by last. */
  jsep = '';
  readonly #engine: Caller;
  #microphone: Microphone | null = null;
  #sounds = true;

  constructor(
    engine: Caller,
    readonly rid: string,
    readonly uid: string,
  ) {
    this.#engine = engine;
    kept.push(this.connection);
    this.connection.ontrack = (event) => this.#attach(event);
    this.connection.onicecandidate = ({ candidate }) => this.candidates.push(candidate);
  }

  /** Publishes with a microphone that sounds. @param more limit and callback */
  async speak(...more: readonly unknown[]): Promise<this> {
    this.#microphone = new Microphone();
    this.#microphone.isOn = this.#sounds;
    this.connection.addTrack(this.#microphone.track);
    await this.publish(...more);
    return this;
  }

  /** Whether the microphone, now or when it comes, gives a tone or silence. */
  sound(sounds: boolean): void {
    this.#sounds = sounds;
    if (this.#microphone !== null) this.#microphone.isOn = sounds;
  }

  async listen(): Promise<this> {
    this.connection.addTransceiver('audio', { direction: 'recvonly' });
    await this.publish();
    return this;
  }

  async publish(...more: readonly unknown[]): Promise<void> {
    await this.#describe(await this.connection.createOffer());
    const { track, sdp } = await this.#engine.call('publish', this.rid, this.uid, this.jsep, ...more);
    this.cid = track;
    await this.connection.setRemoteDescription(sdp);
  }

  /** As a client does every 3 s. @returns the SDP of the engine's offer, or null for nothing new */
  async poll(): Promise<string | null> {
    const data = await this.subscribe();
    if (data.type !== 'offer') return null;
    await this.connection.setRemoteDescription(data);
    await this.answer();
    return data.sdp;
  }

  subscribe() {
    return this.#engine.call('subscribe', this.rid, this.uid, this.cid);
  }

  /** Sets the engine's offer and its own answer, and sends nothing. */
  async take(offer: unknown): Promise<void> {
    await this.connection.setRemoteDescription(offer);
    await this.#describe(await this.connection.createAnswer());
  }

  /** Answers the offer that was set. */
  async answer(): Promise<void> {
    await this.#describe(await this.connection.createAnswer());
    await this.sendAnswer();
  }

  /** Sends the answer that was made last, for the first or another time. */
  async sendAnswer(): Promise<void> {
    await this.#engine.call('answer', this.rid, this.uid, this.cid, this.jsep);
  }

  /** Restarts ICE. */
  async restart(): Promise<void> {
    await this.#describe(await this.connection.createOffer({ iceRestart: true }));
    const { jsep: answer } = await this.#engine.call('restart', this.rid, this.uid, this.cid, this.jsep);
    await this.connection.setRemoteDescription(JSON.parse(answer));
  }

  async end(): Promise<void> {
    await this.#engine.call('end', this.rid, this.uid, this.cid);
  }

  /** The uids whose sound has been decoded just now. */
  hears(): string[] {
    const since = performance.now() - RECENT;
    return [...this.streams.values()]
      .filter(({ lastLoud }) => lastLoud > since)
      .map(({ streamId }) => streamId)
      .sort();
  }

  /** Packets of all its streams: those that came, and those that sequence numbers say are missing. */
  async reception(): Promise<{ received: number; lost: number }> {
    const sums = { received: 0, lost: 0 };
    for (const report of (await this.connection.getStats()).values()) {
      if (report.type !== 'inbound-rtp') continue;
      sums.received += report.packetsReceived ?? 0;
      sums.lost += report.packetsLost ?? 0;
    }
    return sums;
  }

  /** Goes without a word. */
  close(): void {
    this.#microphone?.stop();
    for (const { sink } of this.streams.values()) sink.stop();
    this.connection.close();
  }

  /**
   * The connection's localDescription is not read: the library writes gathered candidates into it in another thread, and
   * crashes now and then where they meet.
   */
  async #describe({ type, sdp }: Description): Promise<void> {
    await this.connection.setLocalDescription({ type, sdp });
    this.jsep = JSON.stringify({ type, sdp });
  }

  #attach({ track, streams, transceiver }: TrackEvent): void {
    this.streams.get(transceiver.mid)?.sink.stop();
    const sink: Sink = new wrtc.nonstandard.RTCAudioSink(track);
    const stream = { streamId: streams[0]?.id ?? '', trackId: track.id, lastLoud: 0, sink };
    sink.ondata = ({ samples }) => {
      if (samples.some((sample) => sample > LOUD_SAMPLE)) stream.lastLoud = performance.now();
    };
    this.streams.set(transceiver.mid, stream);
  }
}
