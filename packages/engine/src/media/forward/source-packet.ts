import { readInt32, readUint8 } from '../big-endian.js';
import type { WorkerMemory } from '../memory.js';
import { MARKER_BIT } from '../rtp/index.js';
import type { PacketCache } from './packet-cache.js';

/** A decrypted packet in canonical form, with the numbers of its source. Made once and filled anew for each packet. */
export class SourcePacket {
  /** As the stream's {@link SourceIndex} gives it. */
  index = 0;
  /** int32. */
  timestamp = 0;
  marker = false;
  /** Offset in worker memory. */
  offset = 0;
  /** Octets. */
  headerLength = 0;
  /** Octets. */
  payloadLength = 0;

  // When it came is not here: a time is no integer, and costs heap each time that it is read from an object.

  /** Copies what a cache has found last into room of its own, where numbers can be written into it. */
  copyFound(memory: WorkerMemory, cache: PacketCache, index: number, room: number): void {
    const { bytes } = memory;
    this.index = index;
    this.offset = room;
    this.headerLength = cache.headerLength;
    this.payloadLength = cache.payloadLength;
    bytes.copyWithin(room, cache.packet, cache.packet + this.headerLength + this.payloadLength);
    this.timestamp = readInt32(bytes, room + 4);
    this.marker = (readUint8(bytes, room + 1) & MARKER_BIT) !== 0;
  }
}
