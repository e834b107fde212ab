/** Joins as Kraken's clients do: one transport both ways, and a call for news now and then. */
import {
  parseDescription,
  type RemoteDescription,
  type RemoteTransport,
  writeAnswer,
  writeOffer,
} from './sdp.js';
import type { Signalling, SignallingParticipant, SignallingSession } from './signalling.js';
import { type KrakenCalls, SignallingClient } from './signalling-client.js';

export class KrakenSignalling implements Signalling {
  readonly #client: SignallingClient;
  readonly #allowsMediaTo: (address: string) => boolean;

  /**
   * @param url of the engine: `http://127.0.0.1:7000`
   * @param allowsMediaTo asked for the address of each candidate; who is offered others does not join
   * @param token access token for all rooms and users; null for none
   */
  constructor(
    url: string,
    allowsMediaTo: (address: string) => boolean = () => true,
    token: string | null = null,
  ) {
    this.#client = new SignallingClient(url, token);
    this.#allowsMediaTo = allowsMediaTo;
  }

  sessionOf(participant: SignallingParticipant): SignallingSession {
    return new KrakenSession(this.#client, participant, this.#allowsMediaTo);
  }

  close(): void {
    this.#client.close();
  }
}

/** One participant's, over HTTP or a live socket. */
export class KrakenSession implements SignallingSession {
  readonly #client: KrakenCalls;
  readonly #participant: SignallingParticipant;
  readonly #allowsMediaTo: (address: string) => boolean;
  #cid = '';
  #username = '';
  /** The last offer that was answered. */
  #negotiated: RemoteDescription | null = null;

  constructor(
    client: KrakenCalls,
    participant: SignallingParticipant,
    allowsMediaTo: (address: string) => boolean = () => true,
  ) {
    this.#client = client;
    this.#participant = participant;
    this.#allowsMediaTo = allowsMediaTo;
  }

  /** Of this connection; empty before publish() has been answered. */
  get cid(): string {
    return this.#cid;
  }

  /** Of the participant's connectivity checks, RFC 8445 section 7.2.2; empty before publish() has been answered. */
  get username(): string {
    return this.#username;
  }

  async publish(): Promise<void> {
    const { rid, uid, description } = this.#participant;
    const { slots } = description;
    const { cid, sdp } = await this.#client.publish(rid, uid, writeOffer(description), slots);
    this.#cid = cid;
    const remote = parseDescription(sdp);
    const refused = remote.candidates.find(({ address }) => !this.#allowsMediaTo(address));
    if (refused !== undefined) throw new Error(`media must not go to ${refused.address}`);
    if (remote.setup !== 'passive') throw new Error(`a=setup:${remote.setup} answers a=setup:active`);
    for (const { direction, ssrcs } of remote.media) {
      if (slots > 0 && direction === 'sendonly' && ssrcs[0] !== undefined)
        this.#participant.bindSlot(ssrcs[0]);
    }
    this.#username = `${remote.ufrag}:${description.ufrag}`;
    this.#participant.openTransport('both', remote);
  }

  async subscribe(): Promise<void> {
    const { rid, uid } = this.#participant;
    const sdp = await this.#client.subscribe(rid, uid, this.#cid);
    if (sdp !== null) await this.answer(sdp);
  }

  /** Takes an offer, however it came. */
  async answer(sdp: string): Promise<void> {
    const { rid, uid, description } = this.#participant;
    const offer = parseDescription(sdp);
    for (const media of offer.media) {
      const ssrc = media.ssrcs[0];
      const sends = media.direction === 'sendonly' || media.direction === 'sendrecv';
      if (media.rejected || !sends || ssrc === undefined || media.streamId === null) continue;
      this.#participant.bind(ssrc, media.streamId);
    }
    await this.#client.answer(rid, uid, this.#cid, writeAnswer(description, offer));
    this.#negotiated = offer;
  }

  /**
   * Offers new credentials, which the participant's description has from here on.
   * @returns the server's
   */
  async restart(): Promise<RemoteTransport> {
    const { rid, uid, description } = this.#participant;
    // An offer of the m-lines that were negotiated looks as the answer did, but for the credentials.
    const offer =
      this.#negotiated === null ? writeOffer(description) : writeAnswer(description, this.#negotiated);
    const sdp = await this.#client.restart(rid, uid, this.#cid, offer);
    const remote = parseDescription(sdp);
    this.#username = `${remote.ufrag}:${description.ufrag}`;
    return remote;
  }

  async end(): Promise<void> {
    const { rid, uid } = this.#participant;
    if (this.#cid !== '') await this.#client.end(rid, uid, this.#cid);
  }
}
