/** The WebAssembly kernel, set up as a media worker does it, for as many subscribers as are to be measured. */
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { WorkerMemory } from '@kraken/engine/internal/media/memory';
import * as srtp from '@kraken/engine/internal/media/srtp/index';

const KERNEL = new URL(import.meta.resolve('@kraken/kernel/kernel.wasm'));
const PAGES = 64;
export const HEADER_LENGTH = 20;
/** Key groups that a packet is fanned out to in one call. */
export const GROUPS = 16;

/** A room whose subscribers' packets are queued in one ring, and a participant that has sent one of them. */
export class KernelUnderTest {
  /** Subscribers in each group, 1 to 4. */
  readonly lanes: number;
  readonly #memory = new WorkerMemory(PAGES, null);
  readonly #kernel: srtp.Kernel;
  readonly #packet: number;
  readonly #payloadLength: number;
  readonly #ring: number;
  readonly #plan: number;
  readonly #output: number;
  readonly #stride: number;
  readonly #cipher: number;
  /** A protected packet as the network brings it, and where a copy of it is unprotected. */
  readonly #received: number;
  readonly #copy: number;
  readonly #receivedLength: number;

  constructor(payloadLength: number, lanes: number) {
    const memory = this.#memory;
    this.lanes = lanes;
    this.#payloadLength = payloadLength;
    const compiled = srtp.compileKernel(readFileSync(fileURLToPath(KERNEL)));
    this.#kernel = srtp.instantiateKernel(compiled, memory.memory);
    srtp.warmUp(this.#kernel);
    this.#ring = memory.reserve(srtp.TRANSMIT_RING_SIZE);
    const packets = GROUPS * srtp.LANES;
    const messages = memory.reserve(packets * srtp.MESSAGE_SIZE);
    memory.words.set([0, packets, messages, memory.reserve(packets * srtp.VECTOR_SIZE)], this.#ring >> 2);
    this.#plan = memory.reserve(GROUPS * srtp.PLAN_ENTRY_SIZE);
    this.#cipher = memory.reserve(srtp.STREAM_CIPHER_SIZE);
    this.#openRoutes();
    this.#packet = this.#writePacket();
    this.#receivedLength = HEADER_LENGTH + payloadLength + srtp.TAG_LENGTH;
    this.#stride = (HEADER_LENGTH + payloadLength + srtp.OUTPUT_SPARE + 15) & ~15;
    this.#output = memory.reserve(packets * this.#stride);
    this.#received = memory.reserve(this.#stride);
    this.#copy = memory.reserve(this.#stride);
    this.protectAll();
    memory.bytes.copyWithin(this.#received, this.#output, this.#output + this.#stride);
    if (!this.unprotect()) throw new Error('the kernel does not take what it has protected itself');
  }

  /** Fans one packet out to all subscribers: GROUPS × lanes packets. */
  protectAll(): void {
    this.#memory.words[this.#ring >> 2] = 0;
    this.#kernel.fanOut(
      this.#plan,
      GROUPS,
      this.#packet,
      HEADER_LENGTH,
      this.#payloadLength,
      this.#output,
      this.#stride,
    );
  }

  /** @returns whether the packet was authentic; a copy, since it is decrypted in place */
  unprotect(): boolean {
    const { bytes } = this.#memory;
    bytes.copyWithin(this.#copy, this.#received, this.#received + this.#receivedLength);
    return this.#kernel.unprotectRtp(this.#cipher, this.#copy, HEADER_LENGTH, this.#receivedLength, 0) === 1;
  }

  #openRoutes(): void {
    const memory = this.#memory;
    const destination = memory.reserve(srtp.DESTINATION_SIZE);
    memory.words[destination >> 2] = this.#ring;
    for (let group = 0; group < GROUPS; group++) {
      const keyGroup = memory.reserve(srtp.KEY_GROUP_SIZE);
      const routeGroup = memory.reserve(srtp.ROUTE_GROUP_SIZE);
      memory.words.set([keyGroup, routeGroup], (this.#plan >> 2) + 2 * group);
      for (let lane = 0; lane < this.lanes; lane++) {
        const key = { masterKey: randomBytes(16), masterSalt: randomBytes(14) };
        srtp.setLaneKeys(this.#kernel, memory, keyGroup, lane, key);
        srtp.setLaneDestination(memory, keyGroup, lane, destination);
        memory.words[((routeGroup + srtp.ROUTE_GROUP_ACTIVE) >> 2) + lane] = 1;
        if (group === 0 && lane === 0) this.#openCipher(key);
      }
    }
  }

  #openCipher({ masterKey, masterSalt }: srtp.MasterKey): void {
    const key = this.#memory.reserve(masterKey.length);
    const salt = this.#memory.reserve(masterSalt.length);
    this.#memory.bytes.set(masterKey, key);
    this.#memory.bytes.set(masterSalt, salt);
    this.#kernel.writeStreamCipher(this.#cipher, key, salt, srtp.RTP_LABELS);
  }

  #writePacket(): number {
    const packet = this.#memory.reserve(HEADER_LENGTH + this.#payloadLength + srtp.INPUT_SPARE);
    this.#memory.bytes.set([0x90, 111], packet);
    this.#memory.bytes.set([0xbe, 0xde, 0, 1, 0x10, 0x30, 0, 0], packet + 12);
    return packet;
  }
}
