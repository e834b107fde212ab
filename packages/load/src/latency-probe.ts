/**
 * Added forwarding latency, of a share of the packets of every stream.
 *
 * It begins with the clock just before the publisher's send call and ends with the time that the kernel stamps on the
 * forwarded packet where it enters the receiving side of the network stack (SO_TIMESTAMPNS, socket(7)). On loopback
 * that is within the SFU's own send call. So it contains the publisher's send call, the SFU's wake-up, its receive
 * call, its own work, the packets that it sends before this one, and its send call up to that point; not the time that
 * a subscriber takes to fetch the packet, since the generator sleeps by the clock.
 *
 * Both ends read CLOCK_REALTIME of the same machine: exact to the nanosecond but for the call that reads the clock
 * (about 0.2 us, which is contained) and the histogram's buckets (1.6 %).
 */
import { RealTimeClock } from './clock.js';
import { LatencyHistogram } from './latency-histogram.js';
import type { SocketMemory } from './socket.js';

/** Sampled packets of a publisher whose time is remembered: longer than any packet is on its way. */
const REMEMBERED = 64;

export class LatencyProbe {
  readonly histogram = new LatencyHistogram();
  readonly #clock = new RealTimeClock();
  readonly #memory: SocketMemory;
  readonly #interval: number;
  /** REMEMBERED times for each publisher. */
  readonly #sentAt: Float64Array;

  /**
   * @param memory that datagrams are received into, with time stamps
   * @param publishers their indices are below this
   * @param interval one of so many packets of a stream is sampled
   */
  constructor(memory: SocketMemory, publishers: number, interval: number) {
    this.#memory = memory;
    this.#interval = interval;
    this.#sentAt = new Float64Array(publishers * REMEMBERED);
  }

  /** To be called just before the packet is sent. */
  beforeSend(publisher: number, counter: number): void {
    if (!this.#isSampled(publisher, counter)) return;
    this.#sentAt[this.#placeOf(publisher, counter)] = this.#clock.now();
  }

  /** @param place of the packet in the receive batch */
  afterReceive(publisher: number, counter: number, place: number): void {
    if (publisher < 0 || !this.#isSampled(publisher, counter)) return;
    const sentAt = this.#sentAt[this.#placeOf(publisher, counter)] ?? 0;
    const receivedAt = this.#memory.receivedAt(place);
    if (sentAt > 0 && receivedAt > 0) this.histogram.count(receivedAt - sentAt);
  }

  /** Each publisher is sampled at packets of its own. */
  #isSampled(publisher: number, counter: number): boolean {
    return (publisher + counter) % this.#interval === 0;
  }

  #placeOf(publisher: number, counter: number): number {
    return publisher * REMEMBERED + (Math.floor(counter / this.#interval) % REMEMBERED);
  }
}
