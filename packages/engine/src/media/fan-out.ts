import type { DropReason } from './drop-reason.js';
import type { ForwardedStream } from './forward/forwarded-stream.js';
import { NOT_COMPOSED, type RedundantStream } from './forward/redundant-stream.js';
import type { RouteTable } from './forward/route-table.js';
import type { WorkerMemory } from './memory.js';
import { renameBlocks } from './rtp/index.js';
import {
  INPUT_SPARE,
  type Kernel,
  LANES,
  MAX_HEADER_LENGTH,
  MAX_PAYLOAD_LENGTH,
  OUTPUT_SPARE,
  PLAN_ENTRY_SIZE,
  TAG_LENGTH,
} from './srtp/index.js';
import { ARENA_SIZE, RING_CAPACITY, type Transmitter } from './udp/transmitter.js';

/** Groups that one call of the kernel serves: what the transmit rings take in one go. */
const MAX_GROUPS = RING_CAPACITY / LANES;

/** From a stream's packets to its subscribers' SRTP packets. Nothing here allocates per packet. */
export class FanOut {
  readonly #memory: WorkerMemory;
  readonly #kernel: Kernel;
  readonly #transmitter: Transmitter;
  /** Where redundancy is added to a packet. */
  readonly #slot: number;
  /** Packets that were sent with redundancy. */
  redundantPacketsSent = 0;

  constructor(memory: WorkerMemory, kernel: Kernel, transmitter: Transmitter) {
    this.#memory = memory;
    this.#kernel = kernel;
    this.#transmitter = transmitter;
    this.#slot = memory.reserve(MAX_HEADER_LENGTH + MAX_PAYLOAD_LENGTH + INPUT_SPARE);
  }

  /**
   * Protects a packet for all subscribers of its stream on this worker and queues it, with redundancy for those who need
   * that.
   * @param index of the packet, as {@link SourceIndex} gives it
   * @param packet offset of the decrypted packet in canonical form, with its outgoing numbers
   * @param now ms
   * @returns why it is not sent to some, or null
   */
  send(
    stream: ForwardedStream,
    index: number,
    packet: number,
    headerLength: number,
    payloadLength: number,
    now: number,
  ): DropReason | null {
    this.#protect(stream.routes, packet, headerLength, payloadLength);
    const { redundant } = stream;
    if (redundant === null || !redundant.isNeeded) return null;
    return this.#sendRedundant(redundant, index, packet, headerLength, payloadLength, now);
  }

  #sendRedundant(
    stream: RedundantStream,
    index: number,
    packet: number,
    headerLength: number,
    payloadLength: number,
    now: number,
  ): DropReason | null {
    const slot = this.#slot;
    const length = stream.compose(packet, headerLength, payloadLength, slot);
    if (length === NOT_COMPOSED) return 'rtp-payload-too-long';
    stream.cache.store(index, slot, headerLength, length, now);
    for (let i = 0; i < stream.tables.length; i++) {
      const table = stream.tables[i];
      if (table === undefined || table.routes.groups.length === 0) continue;
      if (stream.hasBlocks) {
        renameBlocks(this.#memory.bytes, slot + headerLength, stream.blockCount, table.opusPayloadType);
      }
      this.redundantPacketsSent += this.#protect(table.routes, slot, headerLength, length);
    }
    return null;
  }

  /**
   * Protects a packet for all subscribers of a table and queues it.
   * @param packet offset of the decrypted packet in canonical form
   * @param headerLength octets
   * @param payloadLength octets
   * @returns how many packets were queued
   */
  #protect(routes: RouteTable, packet: number, headerLength: number, payloadLength: number): number {
    let sent = 0;
    const groups = routes.groups.length;
    const stride = (headerLength + payloadLength + TAG_LENGTH + OUTPUT_SPARE + 15) & ~15;
    const most = Math.min(MAX_GROUPS, Math.floor(ARENA_SIZE / (LANES * stride)));
    for (let done = 0; done < groups; done += most) {
      const count = Math.min(most, groups - done);
      const size = count * LANES * stride;
      const room = this.#transmitter.room(size, count * LANES);
      const plan = routes.plan + done * PLAN_ENTRY_SIZE;
      sent += this.#kernel.fanOut(plan, count, packet, headerLength, payloadLength, room, stride);
      this.#transmitter.advance(size);
    }
    return sent;
  }
}
