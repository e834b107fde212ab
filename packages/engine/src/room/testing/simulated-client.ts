import { randomBytes, randomInt } from 'node:crypto';
import { type Direction, receives, sends } from '../../sdp/direction.js';
import { readDescription } from './description-reader.js';

const FINGERPRINT = `sha-256 ${'C3:'.repeat(31)}C3`;

interface Line {
  readonly mid: string;
  /** What the client wants for it. */
  wish: Direction;
}

/** What the client is told to receive on an m-line. */
export interface Reception {
  readonly uid: string;
  readonly cid: string;
  readonly ssrc: number;
}

/** How a client takes part in making losses good: with NACK, RED and retransmissions in a stream of their own. */
export interface ClientRepair {
  readonly redPayloadType: number | null;
  readonly rtxPayloadType: number | null;
}

const OPUS = 111;

/** Throws what a browser's setRemoteDescription would reject with, and more. */
class NegotiationError extends Error {}

/**
 * A client that keeps RFC 9429's rules by itself and throws when the engine breaks one of them: m-lines keep
 * their order and mids, BUNDLE names what is accepted, versions rise, SSRCs are unique, answers fit offers.
 */
export class SimulatedClient {
  /** By mid: what the last description that was set gives the client to receive. */
  receptions = new Map<string, Reception>();
  #lines: Line[] = [];
  /** How many m-lines are negotiated; the rest stands in an offer of the engine that is set but not answered. */
  #negotiated = 0;
  #sessionId: string | null = null;
  #version = -1;
  #ufrag = newUfrag();
  #password = 'p'.repeat(24);
  #nextMid = 0;
  readonly #ssrc = randomInt(1, 2 ** 32);
  readonly #repair: ClientRepair | null;

  /**
   * @param wish direction of the microphone's m-line; null for a client without one
   * @param repair null for a client that knows none
   */
  constructor(wish: Direction, repair: ClientRepair | null = null) {
    this.#repair = repair;
    this.addLine(wish);
  }

  /** Of the stream that it sends. */
  get ssrc(): number {
    return this.#ssrc;
  }

  /** Of the stream in which it sends again. */
  get retransmissionSsrc(): number {
    return (this.#ssrc ^ 1) >>> 0;
  }

  /** Its own ICE credentials. */
  get ice(): { readonly ufrag: string; readonly password: string } {
    return { ufrag: this.#ufrag, password: this.#password };
  }

  /** A transceiver more; its m-line comes with the next offer of the client. */
  addLine(wish: Direction): void {
    this.#lines.push({ mid: String(this.#nextMid), wish });
    this.#nextMid++;
  }

  /** Sets what the client wants for the m-line of its microphone. */
  setMicrophone(wish: Direction): void {
    const [microphone] = this.#lines;
    if (microphone !== undefined) {
      microphone.wish = wish;
    }
  }

  /** @returns an offer; the engine's unanswered offer is rolled back */
  offer(iceRestart = false): string {
    const own = this.#lines.slice(this.#negotiated).filter(({ mid }) => /^\d/.test(mid));
    this.#lines = [...this.#lines.slice(0, this.#negotiated), ...own];
    if (iceRestart) {
      this.#ufrag = newUfrag();
    }
    return this.#write(
      this.#lines.map(({ wish }) => wish),
      'actpass',
    );
  }

  takeAnswer(sdp: string): void {
    const media = this.#read(sdp);
    if (media.length !== this.#lines.length) {
      throw new NegotiationError(`${media.length} m-lines answer ${this.#lines.length}`);
    }
    for (const [index, { direction, setup }] of media.entries()) {
      const wish = this.#lines[index]?.wish ?? 'inactive';
      if ((sends(direction) && !receives(wish)) || (receives(direction) && !sends(wish))) {
        throw new NegotiationError(`${direction} answers ${wish}`);
      }
      if (setup !== 'passive' && setup !== 'active') {
        throw new NegotiationError(`setup:${setup} in an answer`);
      }
    }
    this.#negotiated = media.length;
  }

  /** Sets the engine's offer and goes no further. */
  setOffer(sdp: string): Direction[] {
    const own = this.#lines.slice(this.#negotiated).filter(({ mid }) => /^\d/.test(mid));
    if (own.length > 0) {
      throw new Error('the client has m-lines that it has not offered yet');
    }
    const media = this.#read(sdp);
    if (media.length < this.#lines.length) {
      throw new NegotiationError(`${media.length} m-lines after ${this.#lines.length}`);
    }
    for (const { mid } of media.slice(this.#lines.length)) {
      this.#lines.push({ mid, wish: 'recvonly' });
    }
    return media.map(({ direction }, index) => {
      const wish = this.#lines[index]?.wish ?? 'inactive';
      return answerDirection(wish, direction);
    });
  }

  /** Sets the engine's offer and answers it. */
  answer(sdp: string): string {
    const directions = this.setOffer(sdp);
    this.#negotiated = this.#lines.length;
    return this.#write(directions, 'active');
  }

  /** @returns the m-lines of a description of the engine, after all checks that concern the whole */
  #read(sdp: string): { mid: string; direction: Direction; setup: string }[] {
    const { sessionId, version, bundle, media: sections } = readDescription(sdp);
    if (version <= this.#version || (this.#sessionId ?? sessionId) !== sessionId) {
      throw new NegotiationError(`o= ${sessionId} ${version} after ${this.#sessionId} ${this.#version}`);
    }
    this.#version = version;
    this.#sessionId = sessionId;
    const accepted = sections.filter(({ port }) => port !== 0).map(({ mid }) => mid);
    if (bundle !== accepted.join(' ')) {
      throw new NegotiationError(`BUNDLE ${bundle} of ${accepted}`);
    }
    const credentials = new Set(sections.map((section) => section.credentials));
    if (credentials.size !== 1) {
      throw new NegotiationError('the m-lines differ in ICE credentials');
    }
    this.receptions = new Map();
    return sections.map(({ mid, direction, setup, stream, ssrc }, index) => {
      const before = this.#lines[index];
      if (before !== undefined && before.mid !== mid) {
        throw new NegotiationError(`mid ${mid} after ${before.mid}`);
      }
      if (sends(direction) !== (stream !== null)) {
        throw new NegotiationError(`${direction} with msid ${stream?.uid}`);
      }
      if (stream !== null) this.#receive(mid, { ...stream, ssrc });
      return { mid, direction, setup };
    });
  }

  #receive(mid: string, reception: Reception): void {
    for (const { ssrc } of this.receptions.values()) {
      if (ssrc === reception.ssrc) {
        throw new NegotiationError(`SSRC ${ssrc} twice`);
      }
    }
    this.receptions.set(mid, reception);
  }

  #write(directions: readonly Direction[], setup: string): string {
    const mids = this.#lines.map(({ mid }) => mid);
    const lines = ['v=0', 'o=- 1 1 IN IP4 127.0.0.1', 's=-', 't=0 0', `a=group:BUNDLE ${mids.join(' ')}`];
    for (const [index, mid] of mids.entries()) {
      const direction = directions[index] ?? 'inactive';
      lines.push(
        `m=audio 9 UDP/TLS/RTP/SAVPF ${this.#formats().join(' ')}`,
        'c=IN IP4 0.0.0.0',
        `a=mid:${mid}`,
        `a=ice-ufrag:${this.#ufrag}`,
        `a=ice-pwd:${this.#password}`,
        `a=fingerprint:${FINGERPRINT}`,
        `a=setup:${setup}`,
        `a=${direction}`,
        'a=rtcp-mux',
        'a=rtpmap:111 opus/48000/2',
        ...this.#repairLines(),
        'a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level',
        'a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid',
      );
      if (index === 0 && sends(direction)) {
        lines.push(`a=ssrc:${this.#ssrc} cname:c`, ...this.#retransmissionLines());
      }
    }
    return `${lines.join('\r\n')}\r\n`;
  }

  #formats(): number[] {
    const others = [this.#repair?.redPayloadType ?? null, this.#repair?.rtxPayloadType ?? null];
    return [OPUS, ...others.filter((format) => format !== null)];
  }

  #repairLines(): string[] {
    if (this.#repair === null) return [];
    const { redPayloadType: red, rtxPayloadType: rtx } = this.#repair;
    return [
      `a=rtcp-fb:${OPUS} nack`,
      ...(red === null ? [] : [`a=rtpmap:${red} red/48000/2`, `a=fmtp:${red} ${OPUS}/${OPUS}`]),
      ...(rtx === null ? [] : [`a=rtpmap:${rtx} rtx/48000`, `a=fmtp:${rtx} apt=${OPUS}`]),
    ];
  }

  #retransmissionLines(): string[] {
    if ((this.#repair?.rtxPayloadType ?? null) === null) return [];
    const ssrc = this.retransmissionSsrc;
    return [`a=ssrc-group:FID ${this.#ssrc} ${ssrc}`, `a=ssrc:${ssrc} cname:c`];
  }
}

function answerDirection(wish: Direction, offered: Direction): Direction {
  const send = sends(wish) && receives(offered);
  const receive = receives(wish) && sends(offered);
  if (send) {
    return receive ? 'sendrecv' : 'sendonly';
  }
  return receive ? 'recvonly' : 'inactive';
}

function newUfrag(): string {
  return randomBytes(4).toString('hex');
}
