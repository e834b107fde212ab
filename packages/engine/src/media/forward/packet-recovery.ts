import { MAX_REDUNDANT_BLOCKS, opusDuration, type RedundantPayload } from '../rtp/index.js';

/** Packets that are remembered, as many as SRTP's replay protection lets come late. A power of two. */
const REMEMBERED_PACKETS = 1024;
const PLACE_MASK = REMEMBERED_PACKETS - 1;
/** Packets that are looked back: blocks do not reach further. */
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
  /** 1 for a packet that holds nothing but padding. */
  readonly #isPadding = new Uint8Array(REMEMBERED_PACKETS);
  /** Indices that are missing before a packet, the nearest first. */
  readonly #missing = new Float64Array(MAX_GAP);
  #missingCount = 0;
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
   * @param isPadding whether it holds nothing but padding: senders probe with such packets, between those with sound
   * @returns false when it was remembered already, or is older than what is remembered
   */
  remember(index: number, timestamp: number, isPadding: boolean): boolean {
    const place = index & PLACE_MASK;
    const before = this.#indices[place] ?? Number.NaN;
    if (before >= index) return false;
    this.#indices[place] = index;
    this.#timestamps[place] = timestamp;
    this.#isPadding[place] = isPadding ? 1 : 0;
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
    const before = this.#lookBack(index);
    const missing = this.#missingCount;
    if (missing === 0 || before < 0) return;
    const span = (timestamp - (this.#timestamps[before & PLACE_MASK] ?? 0)) | 0;
    const copies = this.#countCopies(payload, payloadType, span);
    if (copies === missing) this.#take(payload, copies);
    else if (copies < missing) this.#take(payload, countAdjacent(bytes, payload, copies));
  }

  /**
   * Collects what is missing since the last packet with sound.
   * @returns the index of that, or -1 when none is near
   */
  #lookBack(index: number): number {
    this.#missingCount = 0;
    const first = Math.max(index - MAX_GAP, this.#start);
    for (let candidate = index - 1; candidate >= first; candidate--) {
      const place = candidate & PLACE_MASK;
      const remembered = this.#indices[place] ?? Number.NaN;
      // So late that it is forgotten whether this one came: sent again, it would go out twice under one number.
      if (remembered > candidate) return -1;
      if (remembered !== candidate) this.#missing[this.#missingCount++] = candidate;
      else if (this.#isPadding[place] === 0) return candidate;
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

  /** Takes the last blocks for the last of the missing packets. */
  #take(payload: RedundantPayload, copies: number): void {
    for (let i = 0; i < copies; i++) {
      this.blocks[i] = payload.count - copies + i;
      this.indices[i] = this.#missing[copies - 1 - i] ?? 0;
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
