import type { Counters } from './counters.js';
import type { Subscriber } from './forward/subscriber.js';
import type { WorkerMemory } from './memory.js';
import { MAX_COMPOUND_LENGTH } from './rtcp/index.js';
import { SRTCP_TRAILER_LENGTH } from './srtp/index.js';
import type { Transmitter } from './udp/transmitter.js';

/** Room for one compound packet with what SRTCP adds. */
const COMPOUND_ROOM = MAX_COMPOUND_LENGTH + SRTCP_TRAILER_LENGTH + 128;
/** CNAME of the engine itself, in what it says as a receiver. */
export const ENGINE_CNAME = new TextEncoder().encode('kraken');

/** Where RTCP of the engine is written, and how it goes out. */
export class RtcpSender {
  readonly bytes: Uint8Array;
  readonly #transmitter: Transmitter;
  readonly #packets: Counters;

  /** @param packets counts RTCP packets by what was done with them: `generated:RR` */
  constructor(memory: WorkerMemory, transmitter: Transmitter, packets: Counters) {
    this.bytes = memory.bytes;
    this.#transmitter = transmitter;
    this.#packets = packets;
  }

  /** @returns offset in `bytes` of room for one compound of MAX_COMPOUND_LENGTH at most */
  room(): number {
    return this.#transmitter.room(COMPOUND_ROOM, 1);
  }

  /**
   * Protects the compound that was written at `room` and queues it.
   * @param what is counted if it goes
   */
  send(receiver: Subscriber, room: number, length: number, what: string): void {
    if (receiver.srtp === null || receiver.selected === null || receiver.muted) return;
    const protectedLength = receiver.srtp.rtcpSender.protect(room, length);
    this.#transmitter.commit(receiver.selected.destination, room, protectedLength);
    this.#packets.count(what);
  }
}
