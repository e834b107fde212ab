import { setTimeout as sleep } from 'node:timers/promises';
import type { JsonSessionDescription } from '@kraken/protocol';
import datachannel from 'node-datachannel';
import { KrakenClient } from './kraken-client.js';
import { decode, type OpusRecording } from './opus-loopback.js';
import { newUid, type Participant } from './participant.js';
import { parseRtp } from './rtp-packet.js';
import { RtpStream } from './rtp-stream.js';
import { publishersOf, withoutUdpCandidates } from './sdp-publishers.js';
import { tonesIn } from './tones.js';

const POLL_MILLISECONDS = 200;
const CONNECT_MILLISECONDS = 15_000;
/** Two seconds of sound. */
const KEPT_PACKETS = 100;

export interface DatachannelParticipantOptions {
  /** The engine's URL. */
  readonly url: string;
  readonly room: string;
  readonly recording: OpusRecording;
  /** Makes the access token of its uid, where the engine asks for one. */
  readonly tokenOf?: (uid: string) => string;
  /** With `tcp` it learns the engine's ICE-TCP candidates only, and so has no other way. */
  readonly candidates?: 'all' | 'tcp';
  /** The local address that it binds. */
  readonly address?: string;
  readonly pollMilliseconds?: number;
  /** Of every so many packets that it sends one is lost; none by default. */
  readonly losesOneOf?: number;
}

/** A participant on libdatachannel, which shares no code with the browsers' WebRTC. */
export class DatachannelParticipant implements Participant {
  readonly uid = newUid();
  readonly tone: number;
  readonly #options: DatachannelParticipantOptions;
  readonly #client: KrakenClient;
  readonly #connection: datachannel.PeerConnection;
  readonly #stream: RtpStream;
  readonly #payloads = new Map<string, Buffer[]>();
  #publishers: ReadonlyMap<string, string> = new Map();
  #cid = '';
  #polling: Promise<void> = Promise.resolve();
  #left = false;

  constructor(options: DatachannelParticipantOptions) {
    const { url, recording, tokenOf, candidates = 'all', address = '127.0.0.1', losesOneOf } = options;
    this.#options = options;
    this.tone = recording.tone;
    this.#client = new KrakenClient(url, tokenOf?.(this.uid));
    this.#connection = new datachannel.PeerConnection(this.uid, {
      iceServers: [],
      bindAddress: address,
      enableIceTcp: candidates === 'tcp',
      disableAutoNegotiation: true,
    });
    this.#stream = new RtpStream(this.#connection, 'own', recording.payloads, true, (index) =>
      losesOneOf === undefined ? true : index % losesOneOf !== 0,
    );
    this.#connection.onTrack((track) => {
      track.onMessage((message) => this.#take(track.mid(), message));
    });
  }

  async join(): Promise<void> {
    this.#connection.setLocalDescription('offer');
    const offer = this.#localDescription();
    const { track, sdp } = await this.#client.call('publish', this.#options.room, this.uid, offer);
    this.#cid = track;
    this.#setRemoteDescription(sdp);
    await this.#connected();
    this.#stream.start();
    this.#polling = this.#poll();
  }

  /** Plays what it received to a decoder. */
  hear(): Promise<Readonly<Record<string, readonly number[]>>> {
    return tonesOf(this.received());
  }

  /** @returns the Opus packets that came lately, by the publisher's uid; only of those who publish now */
  received(): ReadonlyMap<string, readonly Buffer[]> {
    return new Map([...this.#publishers].map(([mid, uid]) => [uid, this.#payloads.get(mid) ?? []]));
  }

  /** Forgets what it received. */
  forget(): void {
    this.#payloads.clear();
  }

  async leave(): Promise<void> {
    this.#left = true;
    await this.#polling;
    await this.#client.call('end', this.#options.room, this.uid, this.#cid);
    await this.close();
  }

  /** Goes without a word. */
  async close(): Promise<void> {
    this.#left = true;
    this.#stream.stop();
    await this.#polling;
    this.#connection.close();
  }

  #localDescription(): string {
    return JSON.stringify(this.#connection.localDescription());
  }

  #setRemoteDescription({ type, sdp }: JsonSessionDescription): void {
    const usable = this.#options.candidates === 'tcp' ? withoutUdpCandidates(sdp) : sdp;
    this.#connection.setRemoteDescription(usable, type);
  }

  async #connected(): Promise<void> {
    const deadline = Date.now() + CONNECT_MILLISECONDS;
    while (this.#connection.state() !== 'connected') {
      if (Date.now() > deadline) throw new Error(`${this.uid} stays ${this.#connection.state()}`);
      await sleep(20);
    }
  }

  #take(mid: string, message: Buffer): void {
    const packet = parseRtp(message);
    if (packet === null) return;
    const payloads = this.#payloads.get(mid) ?? [];
    payloads.push(Buffer.from(packet.payload));
    this.#payloads.set(mid, payloads.length > KEPT_PACKETS ? payloads.slice(-KEPT_PACKETS) : payloads);
  }

  async #poll(): Promise<void> {
    while (!this.#left) {
      await this.#update();
      await sleep(this.#options.pollMilliseconds ?? POLL_MILLISECONDS);
    }
  }

  async #update(): Promise<void> {
    const { room } = this.#options;
    const { type, sdp } = await this.#client.call('subscribe', room, this.uid, this.#cid);
    if (type !== 'offer' || this.#left) return;
    this.#setRemoteDescription({ type, sdp });
    this.#connection.setLocalDescription('answer');
    this.#publishers = publishersOf(sdp);
    await this.#client.call('answer', room, this.uid, this.#cid, this.#localDescription());
  }
}

/**
 * @param received Opus packets by the publisher's uid
 * @returns the tones in what they decode to
 */
export async function tonesOf(
  received: ReadonlyMap<string, readonly Buffer[]>,
): Promise<Readonly<Record<string, readonly number[]>>> {
  const streams = [...received];
  const sounds = await decode(streams.map(([, payloads]) => payloads));
  return Object.fromEntries(
    streams.map(([uid], index) => [uid, sounds[index] === undefined ? [] : tonesIn(sounds[index])]),
  );
}
