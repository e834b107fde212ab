import { setTimeout as sleep } from 'node:timers/promises';
import wrtc from '@roamhq/wrtc';
import { KrakenClient } from './kraken-client.js';
import { newUid, type Participant } from './participant.js';
import { tonesIn } from './tones.js';
import { DecodedSound, ToneSource } from './wrtc-sound.js';

const POLL_MILLISECONDS = 200;

export interface WrtcParticipantOptions {
  /** The engine's URL. */
  readonly url: string;
  readonly room: string;
  readonly tone: number;
  readonly pollMilliseconds?: number;
}

interface Stream {
  readonly track: MediaStreamTrack;
  readonly sound: DecodedSound;
}

/** A participant on Google's WebRTC library inside this process. */
export class WrtcParticipant implements Participant {
  readonly uid = newUid();
  readonly tone: number;
  readonly #client: KrakenClient;
  readonly #room: string;
  readonly #pollMilliseconds: number;
  readonly #source: ToneSource;
  readonly #streams = new Map<string, Stream>();
  #connection = new wrtc.RTCPeerConnection({ iceServers: [] });
  #cid = '';
  /** As JSON, what it has described itself by last. */
  #jsep = '';
  #polling: Promise<void> = Promise.resolve();
  #left = false;
  /** When it called publish, in milliseconds since 1970. */
  publishedAt = 0;

  constructor({ url, room, tone, pollMilliseconds = POLL_MILLISECONDS }: WrtcParticipantOptions) {
    this.tone = tone;
    this.#client = new KrakenClient(url);
    this.#room = room;
    this.#pollMilliseconds = pollMilliseconds;
    this.#source = new ToneSource(tone);
  }

  async join(): Promise<void> {
    const connection = this.#connection;
    connection.ontrack = ({ track, streams: [stream] }) => this.#attach(stream?.id ?? '', track);
    connection.addTrack(this.#source.track);
    this.publishedAt = Date.now();
    await this.#describe(await connection.createOffer());
    const { track, jsep } = await this.#client.call('publish', this.#room, this.uid, this.#jsep);
    this.#cid = track;
    await connection.setRemoteDescription(JSON.parse(jsep));
    this.#polling = this.#poll();
  }

  hear(): Promise<Readonly<Record<string, readonly number[]>>> {
    const unmuted = [...this.#streams].filter(([, { track }]) => !track.muted);
    return Promise.resolve(
      Object.fromEntries(unmuted.map(([id, { sound }]) => [id, tonesIn(sound.latest())])),
    );
  }

  /** Resolves when the first loud sound of somebody's stream was decoded, in milliseconds since 1970. */
  async firstSound(uid: string): Promise<number> {
    for (;;) {
      const loudSince = this.#streams.get(uid)?.sound.loudSince;
      if (loudSince !== undefined) return loudSince;
      await sleep(2);
    }
  }

  async leave(): Promise<void> {
    this.#left = true;
    await this.#polling;
    await this.#client.call('end', this.#room, this.uid, this.#cid);
    await this.close();
  }

  /** Goes without a word. */
  async close(): Promise<void> {
    this.#left = true;
    this.#source.stop();
    for (const { sound } of this.#streams.values()) sound.stop();
    this.#connection.close();
    await this.#polling;
  }

  /**
   * The connection's localDescription is not read: the library writes gathered candidates into it in another thread, and
   * crashes now and then where they meet.
   */
  async #describe({ type, sdp = '' }: RTCSessionDescriptionInit): Promise<void> {
    await this.#connection.setLocalDescription({ type, sdp });
    this.#jsep = JSON.stringify({ type, sdp });
  }

  /** A recycled m-line brings the same track with another stream. */
  #attach(id: string, track: MediaStreamTrack): void {
    for (const [other, stream] of this.#streams) {
      if (stream.track !== track) continue;
      stream.sound.stop();
      this.#streams.delete(other);
    }
    this.#streams.set(id, { track, sound: new DecodedSound(track) });
  }

  async #poll(): Promise<void> {
    while (!this.#left) {
      await this.#update();
      await sleep(this.#pollMilliseconds);
    }
  }

  async #update(): Promise<void> {
    const { type, sdp } = await this.#client.call('subscribe', this.#room, this.uid, this.#cid);
    if (type !== 'offer' || this.#left) return;
    await this.#connection.setRemoteDescription({ type, sdp });
    await this.#describe(await this.#connection.createAnswer());
    await this.#client.call('answer', this.#room, this.uid, this.#cid, this.#jsep);
  }
}
