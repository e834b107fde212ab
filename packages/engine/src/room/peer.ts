import { randomInt } from 'node:crypto';
import type { DtlsRole, MediaPermissions, PublicationId, TransportId } from '../contract/messages.js';
import type { RemoteTransport } from '../sdp/remote-transport.js';
import { type AudioLine, type MediaLine, PLAIN_FORMAT } from './media-line.js';
import type { MediaWorkerPort } from './media-worker-port.js';
import type { JoinOrigin, PeerName } from './signalling.js';
import type { Route, StreamSsrcs } from './slot.js';

/** From one SSRC that a peer is given to the next: odd, so that all of them come once before one comes again. */
const SSRC_STEP = 0x9e37_79b1;

/** The stream that a peer publishes. */
export interface Publication {
  readonly id: PublicationId;
  readonly line: AudioLine;
  /** What the media worker was told about it, to see whether a later offer changes it. */
  readonly signature: string;
  /** Its media has arrived: the others may hear it. */
  started: boolean;
  /** The publisher is asked for what is missing. */
  requestsRetransmissions: boolean;
  /** Workers, other than the publisher's, that it is brought to. */
  readonly relays: Set<MediaWorkerPort>;
}

/** ICE credentials of one side. */
export interface LocalCredentials {
  readonly ufrag: string;
  readonly password: string;
}

/** What a peer is made of. */
export interface PeerOptions extends PeerName {
  /** Carries its media, for as long as it is there. */
  readonly worker: MediaWorkerPort;
  readonly transportId: TransportId;
  readonly callback: string | null;
  readonly credentials: LocalCredentials;
  readonly remote: RemoteTransport;
  readonly dtlsRole: DtlsRole;
  /** Milliseconds since 1970. */
  readonly joinedAt: number;
  /** How many fixed slots its client asks for; 0 for an m-line for each other participant. */
  readonly wantedSlots: number;
  readonly permissions: MediaPermissions;
  readonly origin: JoinOrigin;
  /** By its token. */
  readonly name?: string;
}

/** One participant's connection. */
export class Peer implements PeerName {
  readonly rid: string;
  readonly uid: string;
  readonly cid: string;
  readonly worker: MediaWorkerPort;
  readonly transportId: TransportId;
  readonly dtlsRole: DtlsRole;
  /** `o=` of all descriptions that the engine writes to it, RFC 9429 section 5.2.1. */
  readonly sessionId = String(randomInt(1, 2 ** 47));
  /** Told once, when media first arrives; null afterwards. */
  callback: string | null;
  credentials: LocalCredentials;
  remote: RemoteTransport;
  closed = false;
  readonly joinedAt: number;
  /** Whose it is, for as long as it is not connected. */
  readonly origin: JoinOrigin;
  /** What the others may call it; null when nothing tells. */
  readonly name: string | null;
  /** ICE and DTLS are done. */
  connected = false;
  /** By its own word: it sends silence, or nothing. */
  muted = false;
  /** By the operator: nobody hears it. */
  silenced = false;
  /** What it may do: publish and subscribe. */
  permissions: MediaPermissions;
  /** By the audio levels of what it sends. */
  speaking = false;
  publication: Publication | null = null;
  readonly wantedSlots: number;
  /** How many fixed slots it has. */
  slots = 0;
  /** Somebody has, or had, a route from it. */
  isRouted = false;
  lines: MediaLine[] = [];
  /** For the m-lines that the engine adds. */
  format = PLAIN_FORMAT;
  /** SSRCs that the client's own streams have. */
  remoteSsrcs: readonly number[] = [];
  /** By publisher: everyone in the room that this peer was offered. */
  readonly routes = new Map<Peer, Route>();
  #version = 0;
  #nextSsrc = randomInt(2 ** 32);

  constructor(options: PeerOptions) {
    this.rid = options.rid;
    this.uid = options.uid;
    this.cid = options.cid;
    this.worker = options.worker;
    this.transportId = options.transportId;
    this.callback = options.callback;
    this.credentials = options.credentials;
    this.remote = options.remote;
    this.dtlsRole = options.dtlsRole;
    this.joinedAt = options.joinedAt;
    this.wantedSlots = options.wantedSlots;
    this.permissions = options.permissions;
    this.origin = options.origin;
    this.name = options.name ?? null;
  }

  /** It hears whoever speaks on m-lines of its own, and is offered nothing. */
  get hasFixedSlots(): boolean {
    return this.wantedSlots > 0;
  }

  /** Its media has arrived: others have an m-line for it, or may get one. */
  get isHeard(): boolean {
    return this.publication?.started === true;
  }

  /** Its media flows: it may be heard, and has sent something. */
  get isPublishing(): boolean {
    return this.isHeard && this.permissions.publish;
  }

  /** @returns the version for the next description; no two descriptions of a connection share one */
  nextVersion(): number {
    this.#version++;
    return this.#version;
  }

  audioLines(): AudioLine[] {
    return this.lines.filter((line) => line.type === 'audio');
  }

  /** @returns the route from that publisher to this peer: always the same while both are there */
  routeFrom(publisher: Peer): Route {
    const known = this.routes.get(publisher);
    if (known !== undefined) {
      return known;
    }
    const route = { publisher, ...this.freeSsrcs() };
    publisher.isRouted = true;
    this.routes.set(publisher, route);
    return route;
  }

  /** @returns SSRCs for a stream and for its retransmissions, which nothing on the transport has or had */
  freeSsrcs(): StreamSsrcs {
    return { ssrc: this.#freeSsrc(), retransmissionSsrc: this.#freeSsrc() };
  }

  /** Under one key no SSRC may be of two streams, however long ago the first has ended: RFC 3711 section 9.1. */
  #freeSsrc(): number {
    for (;;) {
      const ssrc = this.#nextSsrc;
      this.#nextSsrc = (ssrc + SSRC_STEP) % 2 ** 32;
      if (ssrc !== 0 && !this.#hasSsrc(ssrc)) {
        return ssrc;
      }
    }
  }

  /** Whether anything on the transport has that SSRC, or had it when the client last heard of it. */
  #hasSsrc(ssrc: number): boolean {
    if (this.remoteSsrcs.includes(ssrc)) {
      return true;
    }
    for (const route of this.routes.values()) {
      if (route.ssrc === ssrc || route.retransmissionSsrc === ssrc) {
        return true;
      }
    }
    return this.audioLines().some(
      ({ slot, fixed }) => slot.hasSsrc(ssrc) || fixed?.ssrc === ssrc || fixed?.retransmissionSsrc === ssrc,
    );
  }
}
