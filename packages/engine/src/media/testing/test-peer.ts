import { randomBytes } from 'node:crypto';
import type { DtlsRole, Fingerprint, IceCredentials } from '../../contract/messages.js';
import { DatagramKind, demultiplex } from '../demux.js';
import { type DtlsContext, DtlsSession } from '../dtls/index.js';
import * as checks from '../ice/testing/connectivity-checks.js';
import { PeerSrtp } from './peer-srtp.js';
import { parseCompound, type RtcpPacket } from './rtcp-packets.js';
import { parseRtp, type RtpPacket } from './rtp-packets.js';

/** A packet of media as the peer heard it. */
export interface HeardPacket extends RtpPacket {
  /** SRTP index of 48 bits. */
  readonly index: number;
  /** When, ms of the bench's clock. */
  readonly at: number;
}

export interface HeardCompound {
  readonly packets: readonly RtcpPacket[];
  readonly at: number;
}

export interface PeerOptions {
  readonly transportId: number;
  readonly roomId: number;
  /** Where it sends from, `192.0.2.1:5000`. */
  readonly address: string;
  /** The engine's role. */
  readonly dtlsRole: DtlsRole;
  readonly context: DtlsContext;
  readonly engineFingerprints: readonly Fingerprint[];
}

/** What the peer is in, as the bench provides it. */
export interface PeerSurroundings {
  readonly now: number;
  transmit(peer: TestPeer, from: string, bytes: Uint8Array): void;
  pump(): void;
}

export interface CheckOptions {
  readonly from?: string;
  readonly nominates?: boolean;
  readonly credentials?: IceCredentials;
  /** The key of MESSAGE-INTEGRITY; null leaves it out. */
  readonly password?: string | null;
  readonly transactionId?: Uint8Array;
  readonly role?: 'controlling' | 'controlled';
}

const BINDING_SUCCESS = 0x0101;
const BINDING_ERROR = 0x0111;

/** A whole WebRTC peer: connectivity checks, DTLS, SRTP, RTP and RTCP, all by other code than the engine's. */
export class TestPeer {
  readonly transportId: number;
  readonly roomId: number;
  readonly dtlsRole: DtlsRole;
  address: string;
  ice: IceCredentials = newIceCredentials();
  readonly dtls: DtlsSession;
  /** How DTLS ended. */
  closed: string | null = null;
  readonly heard: HeardPacket[] = [];
  readonly compounds: HeardCompound[] = [];
  /** All that came, of any kind. */
  datagrams = 0;
  /** Whether it checks its pair every 2.5 s, as browsers do. */
  keepsAlive = true;
  nextCheckAt = 0;

  readonly #surroundings: PeerSurroundings;
  readonly #answers = new Map<string, 'success' | 'error'>();
  readonly #undecoded: Buffer[] = [];
  #srtp: PeerSrtp | null = null;

  constructor(surroundings: PeerSurroundings, options: PeerOptions) {
    this.#surroundings = surroundings;
    this.transportId = options.transportId;
    this.roomId = options.roomId;
    this.address = options.address;
    this.dtlsRole = options.dtlsRole;
    this.dtls = new DtlsSession(options.context, {
      role: options.dtlsRole === 'server' ? 'client' : 'server',
      fingerprints: options.engineFingerprints,
      send: (bytes, offset, length) => this.send(bytes.slice(offset, offset + length)),
      onConnected: (keys) => {
        this.#srtp = new PeerSrtp(keys);
        for (const packet of this.#undecoded.splice(0)) this.judge(packet)();
      },
      onClosed: (reason) => {
        this.closed = reason;
      },
    });
  }

  /** @throws Error before DTLS has finished */
  get srtp(): PeerSrtp {
    if (this.#srtp === null) throw new Error(`peer ${this.transportId} has no keys`);
    return this.#srtp;
  }

  get isConnected(): boolean {
    return this.#srtp !== null;
  }

  /** Sends a datagram from the peer's address, or another one. */
  send(bytes: Uint8Array, from = this.address): void {
    this.#surroundings.transmit(this, from, bytes);
  }

  sendRtcp(...packets: readonly Buffer[]): void {
    this.send(this.srtp.protectRtcp(Buffer.concat(packets)));
  }

  /** Sends a connectivity check and waits for the answer. */
  check(options: CheckOptions = {}): 'success' | 'error' | null {
    const transactionId = options.transactionId ?? checks.nextTransactionId();
    this.send(this.buildCheck({ ...options, transactionId }), options.from ?? this.address);
    this.#surroundings.pump();
    return this.#answers.get(Buffer.from(transactionId).toString('hex')) ?? null;
  }

  buildCheck(options: CheckOptions = {}): Uint8Array {
    const { localUfrag, remoteUfrag, localPassword } = options.credentials ?? this.ice;
    return checks.buildMessage({
      attributes: [
        checks.username(`${localUfrag}:${remoteUfrag}`),
        options.role === 'controlled' ? checks.controlled : checks.controlling,
        checks.priority(0x6e7f00ff),
        ...((options.nominates ?? true) ? [checks.useCandidate] : []),
      ],
      password: options.password === undefined ? localPassword : options.password,
      ...(options.transactionId === undefined ? {} : { transactionId: options.transactionId }),
    });
  }

  /** Nominates its pair and shakes hands. */
  connect(): this {
    this.check();
    this.dtls.start();
    this.#surroundings.pump();
    return this;
  }

  /** Takes a datagram that is no media. */
  receive(bytes: Buffer): void {
    this.datagrams++;
    switch (demultiplex(bytes, 0, bytes.length)) {
      case DatagramKind.STUN:
        this.#receiveStun(bytes);
        return;
      case DatagramKind.DTLS:
        this.dtls.receive(bytes, 0, bytes.length);
        return;
      default:
        throw new Error('the engine sent something that is no protocol of WebRTC');
    }
  }

  /**
   * Takes note of a datagram when it is sent: what was sent under the peer's keys counts, whether or not it arrives.
   * @returns what to do when it arrives
   */
  judge(bytes: Buffer): () => void {
    const kind = demultiplex(bytes, 0, bytes.length);
    if (kind !== DatagramKind.RTP && kind !== DatagramKind.RTCP) return () => this.receive(bytes);
    if (this.#srtp === null) {
      // Media that overtakes the end of the handshake: it is judged as soon as there are keys.
      this.#undecoded.push(bytes);
      return () => undefined;
    }
    const at = this.#surroundings.now;
    if (kind === DatagramKind.RTP) {
      const { plain, index } = this.#srtp.unprotectRtp(bytes);
      const packet = { ...parseRtp(plain), index, at };
      return () => {
        this.datagrams++;
        this.heard.push(packet);
      };
    }
    const packets = parseCompound(this.#srtp.unprotectRtcp(bytes).plain);
    return () => {
      this.datagrams++;
      this.compounds.push({ packets, at });
    };
  }

  /** What it heard of one SSRC. */
  heardFrom(ssrc: number): HeardPacket[] {
    return this.heard.filter((packet) => packet.ssrc === ssrc);
  }

  /** The RTCP packets of one type that it got. */
  rtcp(packetType: number): RtcpPacket[] {
    return this.compounds.flatMap(({ packets }) =>
      packets.filter((packet) => packet.packetType === packetType),
    );
  }

  forget(): void {
    this.heard.length = 0;
    this.compounds.length = 0;
    this.datagrams = 0;
  }

  #receiveStun(bytes: Buffer): void {
    const type = bytes.readUInt16BE(0);
    if (type !== BINDING_SUCCESS && type !== BINDING_ERROR) throw new Error(`STUN message of type ${type}`);
    if (!checks.hasIntegrity(bytes, this.ice.localPassword)) return;
    this.#answers.set(bytes.toString('hex', 8, 20), type === BINDING_SUCCESS ? 'success' : 'error');
  }
}

export function newIceCredentials(): IceCredentials {
  const text = (octets: number) => randomBytes(octets).toString('base64url');
  return {
    localUfrag: text(6),
    localPassword: text(18),
    remoteUfrag: text(3),
    remotePassword: text(18),
  };
}
