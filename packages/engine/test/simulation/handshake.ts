/**
 * Stands in for DTLS, whose randomness and whose clock are OpenSSL's own: four flights over the same network, sent
 * again when they are lost, which end in SRTP keys on both sides, and a close_notify. Records have DTLS' outward form.
 */
import { createHash } from 'node:crypto';
import type { DtlsAssociation, DtlsSessionOptions, SrtpKeys } from '../../src/media/dtls/index.js';
import { cutKeyingMaterial, KEYING_MATERIAL_LENGTH } from '../../src/media/dtls/srtp-profile.js';
import type { SeededRandom } from './random.js';

/** Milliseconds until a flight is sent again for the first time; doubled each time (RFC 6347 section 4.2.4.1). */
const FIRST_TIMEOUT = 1_000;
const LONGEST_TIMEOUT = 60_000;
const RANDOM_LENGTH = 16;
const HEADER_LENGTH = 13;
const ALERT = 21;
const HANDSHAKE = 22;
const CLIENT_HELLO = 1;
const SERVER_HELLO = 2;
const CLIENT_FINISHED = 3;
const SERVER_FINISHED = 4;

export class SimulatedHandshake implements DtlsAssociation {
  state: DtlsAssociation['state'] = 'handshaking';
  hasBegun: boolean;
  readonly #options: DtlsSessionOptions;
  readonly #now: () => number;
  readonly #own: Buffer;
  #peer: Buffer | null = null;
  /** Both are the same for as long as the peer is. */
  #knownProof: Buffer | null = null;
  #knownKeys: SrtpKeys | null = null;
  #flight: Buffer | null = null;
  #sentAt = 0;
  #timeout = FIRST_TIMEOUT;

  /** @param now ms */
  constructor(options: DtlsSessionOptions, random: SeededRandom, now: () => number) {
    this.#options = options;
    this.#now = now;
    this.#own = random.bytes(RANDOM_LENGTH);
    this.hasBegun = options.role === 'client';
  }

  /** What both sides derive, or null as long as this one knows too little of the other. */
  get keys(): SrtpKeys | null {
    return this.#peer === null ? null : this.#keys();
  }

  start(): void {
    if (this.#options.role === 'client') this.#fly(CLIENT_HELLO);
  }

  receive(bytes: Uint8Array, offset: number, length: number): null {
    const record = Buffer.from(bytes.subarray(offset, offset + length));
    if (this.state === 'closed' || this.state === 'failed') return null;
    if (record[0] === ALERT) this.#alerted(record);
    else this.#take(record[HEADER_LENGTH] ?? 0, record.subarray(HEADER_LENGTH + 1));
    return null;
  }

  timeout(): number | null {
    if (this.state !== 'handshaking' || this.#flight === null) return null;
    return Math.max(0, this.#sentAt + this.#timeout - this.#now());
  }

  handleTimeout(): void {
    if (this.timeout() !== 0) return;
    this.#timeout = Math.min(2 * this.#timeout, LONGEST_TIMEOUT);
    this.#repeat();
  }

  close(): void {
    if (this.state === 'closed' || this.state === 'failed') return;
    const wasConnected = this.state === 'connected';
    this.state = 'closed';
    if (wasConnected) this.#write(ALERT, this.#proof());
  }

  #take(type: number, body: Buffer): void {
    const isServer = this.#options.role === 'server';
    if (isServer && type === CLIENT_HELLO && this.state === 'handshaking') {
      if (this.#peer?.equals(body) === true) {
        this.#repeat();
        return;
      }
      this.hasBegun = true;
      this.#peer = Buffer.from(body);
      this.#knownProof = null;
      this.#knownKeys = null;
      this.#fly(SERVER_HELLO);
    } else if (!isServer && type === SERVER_HELLO && this.state === 'handshaking') {
      this.#peer ??= Buffer.from(body);
      if (this.#peer.equals(body)) this.#fly(CLIENT_FINISHED);
    } else if (isServer && type === CLIENT_FINISHED && this.#isProof(body)) {
      this.#fly(SERVER_FINISHED);
      this.#connect();
    } else if (!isServer && type === SERVER_FINISHED && this.#isProof(body)) {
      this.#connect();
    }
  }

  #alerted(record: Buffer): void {
    if (this.state !== 'connected' || !this.#isProof(record.subarray(HEADER_LENGTH))) return;
    this.state = 'closed';
    this.#options.onClosed('dtls-closed', 'the peer sent close_notify');
  }

  #connect(): void {
    if (this.state !== 'handshaking') return;
    this.state = 'connected';
    this.#options.onConnected(this.#keys());
  }

  #fly(type: number): void {
    const body = type === CLIENT_HELLO || type === SERVER_HELLO ? this.#own : this.#proof();
    this.#flight = Buffer.concat([Buffer.of(type), body]);
    this.#timeout = FIRST_TIMEOUT;
    this.#repeat();
  }

  #repeat(): void {
    this.#sentAt = this.#now();
    if (this.#flight !== null) this.#write(HANDSHAKE, this.#flight);
  }

  #write(type: number, body: Buffer): void {
    const record = Buffer.alloc(HEADER_LENGTH + body.length);
    record[0] = type;
    record.writeUInt16BE(0xfefd, 1);
    record.writeUInt16BE(body.length, HEADER_LENGTH - 2);
    record.set(body, HEADER_LENGTH);
    this.#options.send(record, 0, record.length);
  }

  /** The two randoms, the client's first: who has both takes part in this handshake and in no other one. */
  #secret(): Buffer {
    const peer = this.#peer ?? Buffer.alloc(0);
    return Buffer.concat(this.#options.role === 'client' ? [this.#own, peer] : [peer, this.#own]);
  }

  #proof(): Buffer {
    const hash = () => createHash('sha256').update('finished').update(this.#secret()).digest();
    this.#knownProof ??= hash().subarray(0, RANDOM_LENGTH);
    return this.#knownProof;
  }

  #isProof(body: Buffer): boolean {
    return this.#peer !== null && this.#proof().equals(body);
  }

  #keys(): SrtpKeys {
    const hash = () => createHash('sha512').update(this.#secret()).digest();
    this.#knownKeys ??= cutKeyingMaterial(hash().subarray(0, KEYING_MATERIAL_LENGTH), this.#options.role);
    return this.#knownKeys;
  }
}
