import { MAX_REDUNDANT_BLOCKS, opusDuration, type RedundantPayload } from '../rtp/index.js';

/** Packets that are remembered, as many as SRTP's replay protection lets come late. A power of two. */
const REMEMBERED_PACKETS = 1024;
const PLACE_MASK = REMEMBERED_PACKETS - 1;
/** Lost packets in a row, beyond which nothing is recovered: blocks do not reach so far. */
const MAX_GAP = 16;

/**
 * Finds the packets of a publisher that were lost, and of which a later one brings a copy (RFC 2198). The copies bear
 * timestamps and no sequence numbers: which packet a copy is of follows from the packets around it. What was recovered
 * is remembered, so that it goes no further should it come late after all: each index is forwarded once.
 */
export class PacketRecovery {
  /** Copies found by {@link find}, oldest first. */
  count = 0;
  /** Of each copy the number of its block, and its index. */
  readonly blocks = new Uint8Array(MAX_REDUNDANT_BLOCKS);
  readonly indices = new Float64Array(MAX_REDUNDANT_BLOCKS);
  /** By place, which is the index modulo REMEMBERED_PACKETS; NaN before the first. */
  readonly #indices = new Float64Array(REMEMBERED_PACKETS).fill(Number.NaN);
  readonly #timestamps = new Int32Array(REMEMBERED_PACKETS);
  /** Index from which on packets are recovered; infinite till the next one comes. */
  #start = Number.POSITIVE_INFINITY;

  /** Recovers nothing that was sent before the next packet: another source begins, or silence has ended. */
  restart(): void {
    this.#start = Number.POSITIVE_INFINITY;
  }

  /**
   * Remembers a packet that has come, or was recovered.
   * @param index as {@link SourceIndex} gives it
   * @param timestamp int32
   * @returns false when it was remembered already, or is older than what is remembered
   */
  remember(index: number, timestamp: number): boolean {
    const place = index & PLACE_MASK;
    const before = this.#indices[place] ?? Number.NaN;
    if (before >= index) return false;
    this.#indices[place] = index;
    this.#timestamps[place] = timestamp;
    if (this.#start === Number.POSITIVE_INFINITY) this.#start = index;
    return true;
  }

  /**
   * Finds the copies of packets that are missing just before this one, see `count`. Where there are as many copies as
   * packets are missing, each is of one; where there are fewer, those count behind which the next one begins just when
   * they end. Of others it is not certain which packets they are, and none is taken.
   *
   * @param index of the packet with the redundancy
   * @param timestamp int32
   * @param bytes the array that holds the blocks
   * @param payload what the packet holds
   * @param payloadType of Opus
   */
  find(
    index: number,
    timestamp: number,
    bytes: Uint8Array,
    payload: RedundantPayload,
    payloadType: number,
  ): void {
    this.count = 0;
    if (payload.count === 0) return;
    const before = this.#lastBefore(index);
    const missing = index - before - 1;
    if (missing === 0 || before < 0) return;
    const span = (timestamp - (this.#timestamps[before & PLACE_MASK] ?? 0)) | 0;
    const copies = this.#countCopies(payload, payloadType, span);
    if (copies === missing) this.#take(payload, copies, index);
    else if (copies < missing) this.#take(payload, countAdjacent(bytes, payload, copies), index);
  }

  /** @returns the index of the last remembered packet before this one, or -1 when none is near */
  #lastBefore(index: number): number {
    const first = Math.max(index - 1 - MAX_GAP, this.#start);
    for (let candidate = index - 1; candidate >= first; candidate--) {
      if (this.#indices[candidate & PLACE_MASK] === candidate) return candidate;
    }
    return -1;
  }

  /** @returns how many blocks, the last ones, are younger than the last packet that came; 0 when one makes no sense */
  #countCopies(payload: RedundantPayload, payloadType: number, span: number): number {
    let copies = 0;
    let older = Number.POSITIVE_INFINITY;
    for (let block = 0; block < payload.count; block++) {
      const offset = payload.timestampOffsets[block] ?? 0;
      if (offset === 0 || offset >= older) return 0;
      older = offset;
      if (offset >= span) continue;
      // An empty block stands for a packet of which there is no copy.
      if (payload.payloadTypes[block] !== payloadType || payload.lengths[block] === 0) return 0;
      copies++;
    }
    return copies;
  }

  /** Takes the last blocks for the packets just before. */
  #take(payload: RedundantPayload, copies: number, index: number): void {
    for (let i = 0; i < copies; i++) {
      this.blocks[i] = payload.count - copies + i;
      this.indices[i] = index - copies + i;
    }
    this.count = copies;
  }
}

/** @returns how many of the last `most` blocks follow upon each other in time, up to the primary one */
function countAdjacent(bytes: Uint8Array, payload: RedundantPayload, most: number): number {
  let end = 0;
  for (let count = 0; count < most; count++) {
    const block = payload.count - 1 - count;
    const offset = payload.timestampOffsets[block] ?? 0;
    const duration = opusDuration(bytes, payload.offsets[block] ?? 0, payload.lengths[block] ?? 0);
    if (offset - duration !== end) return count;
    end = offset;
  }
  return most;
}
