import { announceNack } from './announce-nack.js';
import { AbortedError } from './errors.js';
import { InTurn } from './in-turn.js';
import type { Link } from './signalling/link.js';
import { type Slots, textOf } from './signalling/protocol.js';
import { type Slot, seat, slotsOf } from './slots.js';
import type { Voice } from './voice.js';

export interface SessionOptions {
  readonly link: Link;
  /** The room's id, escaped. */
  readonly room: string;
  /** This participant's id, escaped. */
  readonly uid: string;
  readonly configuration: RTCConfiguration;
  /** Null for a listener, who may get one later. */
  readonly microphone: MediaStreamTrack | null;
  /** On how many m-lines those are heard who speak; 0 for an m-line for each of the others. */
  readonly slots: number;
  /** Who is heard has changed, or whether something comes from them. */
  onVoices(): void;
  onConnectionState(state: RTCPeerConnectionState): void;
}

/** One stay in a room: a peer connection, and the cid that the server gave to it. */
export class Session {
  readonly connection: RTCPeerConnection;
  readonly #options: SessionOptions;
  readonly #sender: RTCRtpSender;
  readonly #negotiations = new InTurn();
  #voices: ReadonlyMap<string, Voice> = new Map();
  #slots: readonly Slot[] = [];
  #holders: Slots = [];
  readonly #candidates: RTCIceCandidate[] = [];
  #cid = '';
  #restarts = 0;
  #closed = false;

  constructor(options: SessionOptions) {
    this.#options = options;
    const connection = new RTCPeerConnection({ bundlePolicy: 'max-bundle', ...options.configuration });
    // It can send from the beginning: a listener starts to talk without another negotiation.
    const streams = options.microphone === null ? [] : [new MediaStream([options.microphone])];
    this.#sender = connection.addTransceiver(options.microphone ?? 'audio', { streams }).sender;
    for (let slot = 0; slot < options.slots; slot++)
      connection.addTransceiver('audio', { direction: 'recvonly' });
    connection.onicecandidate = ({ candidate }) => this.#trickle(candidate);
    connection.onconnectionstatechange = () => options.onConnectionState(connection.connectionState);
    this.connection = connection;
  }

  /** Names this stay among those of the same uid; empty before the room is entered. */
  get cid(): string {
    return this.#cid;
  }

  /** The others, by mid. */
  get voices(): ReadonlyMap<string, Voice> {
    return this.#voices;
  }

  /** Where those are heard who speak, whoever it is; none where each of the others has an m-line. */
  get slots(): readonly Slot[] {
    return this.#slots;
  }

  get isConnected(): boolean {
    return this.connection.connectionState === 'connected';
  }

  get sender(): RTCRtpSender {
    return this.#sender;
  }

  /**
   * Enters the room. Who goes meanwhile leaves as soon as it is known as whom they have entered.
   * @throws AbortedError for those
   */
  publish(): Promise<void> {
    return this.#negotiations.run(async () => {
      const { link, room, uid, slots } = this.#options;
      await this.connection.setLocalDescription();
      const options = slots > 0 ? [0, '', { slots }] : [];
      const answer = await link.call('publish', room, uid, this.#localDescription(), ...options);
      this.#cid = textOf(answer, 'track');
      if (this.#closed) {
        link.send('end', room, uid, this.#cid);
        throw new AbortedError();
      }
      const sdp = await this.#setAnswer(answer);
      if (slots > 0) this.#slots = slotsOf(this.connection.getTransceivers(), publishersOf(sdp));
      this.takeSlots(this.#holders);
      for (const candidate of this.#candidates.splice(0)) this.#sendCandidate(candidate);
    });
  }

  /** Takes an offer that the server pushed; one that came before the answer to a restart is void. */
  takeOffer(sdp: string): Promise<void> {
    const restarts = this.#restarts;
    return this.#negotiations.run(async () => {
      if (restarts === this.#restarts && !this.#closed) await this.#answer(sdp);
    });
  }

  /** Takes who is heard on which slot, also before it is known where the slots are. */
  takeSlots(holders: Slots): void {
    this.#holders = holders;
    if (this.#slots.length === 0) return;
    this.#voices = seat(this.#slots, holders, this.#options.uid);
    this.#options.onVoices();
  }

  /** Asks for news, and takes them. @returns whether there were any */
  poll(): Promise<boolean> {
    return this.#negotiations.run(async () => {
      const offer = await this.#call('subscribe');
      if (textOf(offer, 'type') !== 'offer' || this.#closed) return false;
      await this.#answer(textOf(offer, 'sdp'));
      return true;
    });
  }

  /** Finds a new path to the server; the room does not notice. */
  restart(): Promise<void> {
    return this.#negotiations.run(async () => {
      await this.connection.setLocalDescription(await this.connection.createOffer({ iceRestart: true }));
      try {
        const answer = await this.#call('restart', this.#localDescription());
        this.#restarts += 1;
        await this.#setAnswer(answer);
      } catch (error) {
        await this.#rollback();
        throw error;
      }
    });
  }

  /** Makes a call about this stay. */
  #call(method: string, ...params: readonly unknown[]): Promise<unknown> {
    const { link, room, uid } = this.#options;
    return link.call(method, room, uid, this.#cid, ...params);
  }

  /** Has the server push its news over the socket that is open now. */
  async resume(): Promise<void> {
    await this.#call('resume');
  }

  /** Tells the others. */
  async tellMuted(muted: boolean): Promise<void> {
    await this.#call('mute', muted);
  }

  /** Goes, and tells the server, also from a page that is being unloaded. */
  end(): void {
    const { link, room, uid } = this.#options;
    if (this.#cid !== '') link.send('end', room, uid, this.#cid);
    this.close();
  }

  /** Goes without a word. */
  close(): void {
    this.#closed = true;
    this.connection.onconnectionstatechange = null;
    this.connection.close();
    for (const { receiver } of this.#voices.values()) unwatch(receiver.track);
    this.#voices = new Map();
  }

  #localDescription(): string {
    const { localDescription } = this.connection;
    if (localDescription === null) throw new Error('nothing has been described');
    const { type, sdp } = localDescription;
    return JSON.stringify({ type, sdp: announceNack(sdp) });
  }

  async #setAnswer(answer: unknown): Promise<string> {
    const description: RTCSessionDescriptionInit = JSON.parse(textOf(answer, 'jsep'));
    await this.connection.setRemoteDescription(description);
    return description.sdp ?? '';
  }

  async #answer(sdp: string): Promise<void> {
    await this.connection.setRemoteDescription({ type: 'offer', sdp });
    await this.connection.setLocalDescription();
    this.#readVoices(sdp);
    await this.#call('answer', this.#localDescription());
  }

  /** So that the server's next offer finds a state in which it can be taken. */
  async #rollback(): Promise<void> {
    if (this.connection.signalingState === 'have-local-offer')
      await this.connection.setLocalDescription({ type: 'rollback' });
  }

  #trickle(candidate: RTCIceCandidate | null): void {
    if (candidate === null || candidate.candidate === '') return;
    if (this.#cid === '') this.#candidates.push(candidate);
    else this.#sendCandidate(candidate);
  }

  /** The server answers connectivity checks from any address: a candidate that gets lost costs nothing. */
  #sendCandidate(candidate: RTCIceCandidate): void {
    this.#call('trickle', JSON.stringify(candidate)).catch(() => {});
  }

  /** m-lines are recycled: the same mid, and so the same receiver, may have got another publisher. */
  #readVoices(sdp: string): void {
    const publishers = publishersOf(sdp);
    const voices = new Map<string, Voice>();
    for (const { mid, receiver } of this.connection.getTransceivers()) {
      const uid = publishers.get(mid ?? '');
      if (mid === null || uid === undefined) continue;
      const before = this.#voices.get(mid);
      voices.set(mid, before?.uid === uid ? before : this.#listen(uid, receiver));
    }
    this.#voices = voices;
    this.#options.onVoices();
  }

  #listen(uid: string, receiver: RTCRtpReceiver): Voice {
    const { track } = receiver;
    track.onmute = track.onunmute = () => this.#options.onVoices();
    return { uid, receiver, stream: new MediaStream([track]), player: uid };
  }
}

function unwatch(track: MediaStreamTrack): void {
  track.onmute = track.onunmute = null;
}

/**
 * @param sdp the server's offer
 * @returns who publishes on which mid; m-lines that carry nobody are left out
 */
export function publishersOf(sdp: string): ReadonlyMap<string, string> {
  const publishers = new Map<string, string>();
  for (const section of sdp.split(/\r?\n(?=m=)/).slice(1)) {
    const mid = /^a=mid:(\S+)/m.exec(section)?.[1];
    const uid = /^a=msid:(\S+)/m.exec(section)?.[1];
    if (mid !== undefined && uid !== undefined && /^a=send(recv|only)\s*$/m.test(section))
      publishers.set(mid, uid);
  }
  return publishers;
}
