import type { PeerName } from '../../src/room/signalling.js';
import { type ClientRepair, SimulatedClient } from '../../src/room/testing/simulated-client.js';
import type { Direction } from '../../src/sdp/direction.js';
import { SimulatedHandshake } from './handshake.js';
import { Microphone } from './microphone.js';
import type { SeededRandom } from './random.js';
import { Reception } from './reception.js';
import { type OpenedPacket, ParticipantSrtp } from './srtp.js';

/** Packets whose arrival at the engine is remembered: more than are ever on their way. */
const REMEMBERED = 4_096;

export interface SessionOptions {
  /** Names it in what it sends; given once. */
  readonly serial: number;
  readonly rid: string;
  readonly uid: string;
  /** Whether it sends sound. */
  readonly speaks: boolean;
  /** How many fixed slots it asks for; 0 for none. */
  readonly slots: number;
  /** How it takes part in making losses good, or null. */
  readonly repair: ClientRepair | null;
  readonly random: SeededRandom;
  readonly now: () => number;
  send(bytes: Buffer): void;
  onConnected(): void;
  onClosed(): void;
}

/** When a packet came to the engine, ms: its own copies by the network or in RED included. */
export interface Arrival {
  readonly first: number;
  readonly last: number;
}

/** One connection of a participant, from `publish` to its end. */
export class Session {
  readonly serial: number;
  readonly rid: string;
  readonly uid: string;
  readonly speaks: boolean;
  readonly slots: number;
  readonly client: SimulatedClient;
  readonly handshake: SimulatedHandshake;
  /** As the engine answered; null before. */
  name: PeerName | null = null;
  /** The engine's credentials. */
  ufrag = '';
  password = '';
  /** The worker that it is on. */
  worker = 0;
  /** A check of it was answered. */
  isReachable = false;
  isConnected = false;
  connectedAt = 0;
  /** When it last spoke, ms. */
  spokeAt = Number.NEGATIVE_INFINITY;
  /** When the engine took it in, and when it was no longer there, ms. */
  joinedAt = Number.POSITIVE_INFINITY;
  leftAt = Number.POSITIVE_INFINITY;
  /** By serial of who was heard: when last, ms. */
  readonly heardAt = new Map<number, number>();
  /** By SSRC: the indices that came under it, with what tells the packet from others. */
  readonly used = new Map<number, Map<number, number>>();
  readonly reception = new Reception();
  /** Null before it is connected, and of who does not speak. */
  microphone: Microphone | null = null;
  readonly #repair: ClientRepair | null;
  readonly #arrivals = new Map<number, Arrival>();
  #srtp: ParticipantSrtp | null = null;

  constructor(options: SessionOptions) {
    this.serial = options.serial;
    this.rid = options.rid;
    this.uid = options.uid;
    this.speaks = options.speaks;
    this.slots = options.slots;
    this.#repair = options.repair;
    this.client = new SimulatedClient(firstDirection(options), options.repair);
    for (let slot = 0; slot < options.slots; slot++) this.client.addLine('recvonly');
    this.handshake = new SimulatedHandshake(
      {
        role: 'client',
        fingerprints: [],
        send: (bytes, offset, length) => options.send(Buffer.from(bytes.subarray(offset, offset + length))),
        onConnected: () => {
          this.isConnected = true;
          this.connectedAt = options.now();
          options.onConnected();
        },
        onClosed: () => options.onClosed(),
      },
      options.random,
      options.now,
    );
  }

  /** Null as long as the handshake has not come so far. */
  get srtp(): ParticipantSrtp | null {
    if (this.#srtp !== null) return this.#srtp;
    const { keys } = this.handshake;
    this.#srtp = keys === null ? null : new ParticipantSrtp(keys);
    return this.#srtp;
  }

  /** @returns what the packet holds, or null when it is not under this session's keys */
  open(packet: Buffer): OpenedPacket | null {
    return this.srtp?.open(packet) ?? null;
  }

  /** @param firstIndex of what it sends from here on */
  openMicrophone(srtp: ParticipantSrtp, firstIndex: number): Microphone {
    const { ssrc, retransmissionSsrc } = this.client;
    const repair = this.#repair;
    const { serial } = this;
    this.microphone = new Microphone({ serial, ssrc, retransmissionSsrc, repair, srtp, firstIndex });
    return this.microphone;
  }

  /** What was in its n-th packet has arrived at the engine. */
  arrived(n: number, at: number): void {
    this.#arrivals.set(n, { first: this.#arrivals.get(n)?.first ?? at, last: at });
    this.#arrivals.delete(n - REMEMBERED);
  }

  /** @returns when what was in its n-th packet arrived at the engine, or null when it did not */
  arrivalOf(n: number): Arrival | null {
    return this.#arrivals.get(n) ?? null;
  }
}

/** With fixed slots the first m-line only sends: one that only receives would be a slot. */
function firstDirection({ speaks, slots }: SessionOptions): Direction {
  if (speaks) return slots > 0 ? 'sendonly' : 'sendrecv';
  return slots > 0 ? 'inactive' : 'recvonly';
}
