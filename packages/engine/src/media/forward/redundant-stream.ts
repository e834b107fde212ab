import { readInt32, readUint8 } from '../big-endian.js';
import type { WorkerMemory } from '../memory.js';
import { PADDING_BIT, PRIMARY_HEADER_LENGTH, RedundantPayload, writeRedundantPayload } from '../rtp/index.js';
import { MAX_PAYLOAD_LENGTH } from '../srtp/index.js';
import { PacketCache } from './packet-cache.js';
import { RedundancyHistory } from './redundancy-history.js';
import { RouteTable } from './route-table.js';

/** The packet is too long to be sent with the header of its block. */
export const NOT_COMPOSED = -1;

/** The routes to subscribers whose SDP has the same number for Opus, which stands in the blocks. */
interface RedundantRoutes {
  readonly opusPayloadType: number;
  readonly routes: RouteTable;
}

/**
 * A stream once more, beside its plain packets: with copies of the packets before in each (RFC 2198), for those of its
 * subscribers who lose many. Numbers and keys of a subscription stay as they are when it moves from one to the other:
 * as each packet goes to either, no index is used twice.
 */
export class RedundantStream {
  /** Whether the packet that was composed last has blocks, and not only padding. */
  hasBlocks = false;
  /** Those with subscribers come and go; one for each number of Opus stays. */
  readonly tables: RedundantRoutes[] = [];
  /** What went out last, as it was composed, with its outgoing numbers. */
  readonly cache: PacketCache;
  readonly #memory: WorkerMemory;
  readonly #history: RedundancyHistory;
  readonly #payload = new RedundantPayload();

  constructor(memory: WorkerMemory) {
    this.#memory = memory;
    this.cache = new PacketCache(memory);
    this.#history = new RedundancyHistory(memory);
  }

  /** Whether anybody gets it. */
  get isNeeded(): boolean {
    return this.groupCount > 0;
  }

  get groupCount(): number {
    let count = 0;
    for (let i = 0; i < this.tables.length; i++) count += this.tables[i]?.routes.groups.length ?? 0;
    return count;
  }

  /** Redundant blocks of the packet that was composed last. */
  get blockCount(): number {
    return this.#payload.count;
  }

  /** @param opusPayloadType in the subscriber's SDP */
  tableFor(opusPayloadType: number): RouteTable {
    const existing = this.tables.find((table) => table.opusPayloadType === opusPayloadType);
    if (existing !== undefined) return existing.routes;
    const routes = new RouteTable(this.#memory);
    this.tables.push({ opusPayloadType, routes });
    return routes;
  }

  /**
   * Composes a packet with redundancy of a plain one, and remembers that for those that follow. Not per subscriber: the
   * blocks have number 0 until they are renamed. A packet of nothing but padding stays as it is.
   *
   * @param packet offset of the decrypted packet in canonical form
   * @param target offset of room for the longest packet
   * @returns octets of the new payload, behind a header of the same length; or NOT_COMPOSED
   */
  compose(packet: number, headerLength: number, payloadLength: number, target: number): number {
    const { bytes } = this.#memory;
    const hasPadding = (readUint8(bytes, packet) & PADDING_BIT) !== 0;
    const offset = packet + headerLength;
    const padding = hasPadding ? readUint8(bytes, offset + payloadLength - 1) : 0;
    const length = payloadLength - padding;
    this.hasBlocks = length > 0;
    if (length <= 0) {
      bytes.copyWithin(target, packet, offset + payloadLength);
      return payloadLength;
    }
    if (length + PRIMARY_HEADER_LENGTH > MAX_PAYLOAD_LENGTH) return NOT_COMPOSED;
    const payload = this.#payload;
    payload.count = 0;
    payload.primaryPayloadType = 0;
    payload.primaryOffset = offset;
    payload.primaryLength = length;
    const timestamp = readInt32(bytes, packet + 4);
    this.#history.addBlocks(timestamp, payload);
    bytes.copyWithin(target, packet, offset);
    bytes[target] = readUint8(bytes, target) & ~PADDING_BIT;
    const composed = writeRedundantPayload(bytes, target + headerLength, payload);
    this.#history.store(timestamp, offset, length);
    return composed;
  }

  /** What was sent before goes along no longer: it is of another source, or from before a silence. */
  forget(): void {
    this.forgetCopies();
    this.cache.release();
  }

  /** The next packet brings no copies of those before: somebody begins with it who may not have been let hear them. */
  forgetCopies(): void {
    this.#history.forget();
  }

  /** Gives memory back when nobody gets it any longer. */
  rest(): void {
    if (this.isNeeded) return;
    this.#history.release();
    this.cache.release();
  }

  /** Gives all memory back; there are no routes left. */
  close(): void {
    for (const { routes } of this.tables) routes.close();
    this.#history.release();
    this.cache.release();
  }
}
