/** Steps of handshakes that may wait at once: what a flood can make the worker keep is bounded, at some MB. */
export const MAX_WAITING_STEPS = 4096;
/** Of one transport: a flight of a client with a long certificate; so no peer can crowd out the others. */
export const MAX_WAITING_STEPS_PER_TRANSPORT = 8;
/** Milliseconds of handshakes in one turn, but for the step that is under way then, and takes 0.6 ms at the most. */
export const HANDSHAKE_BUDGET = 0.5;

/** A transport as the queue sees it. */
export interface WaitingTransport {
  /** Counted by the queue. */
  waitingSteps: number;
}

/** Something that a handshake has to do. */
interface Step<Transport> {
  readonly transport: Transport;
  /** A datagram of DTLS records to take, or null when the flight before has to be sent again. */
  readonly datagram: Uint8Array | null;
}

/**
 * Steps of DTLS handshakes, which wait here until media has been served. A step costs up to 0.6 ms, so that in a storm
 * of joins a mere batch of datagrams would hold up the media of everybody for longer than a packet's interval.
 *
 * Handshakes that have begun come before those that have not: the others' peers wait no longer for that, and these
 * would send their flights again. Within each kind it is first come, first served.
 */
export class HandshakeQueue<Transport extends WaitingTransport> {
  readonly #begun = new Fifo<Step<Transport>>();
  readonly #new = new Fifo<Step<Transport>>();

  /** Whether a step of the transport can wait. */
  hasRoomFor(transport: Transport): boolean {
    if (transport.waitingSteps >= MAX_WAITING_STEPS_PER_TRANSPORT) return false;
    return this.#begun.length + this.#new.length < MAX_WAITING_STEPS;
  }

  /** @returns whether the step can wait; if not, it is lost, as a datagram may be */
  push(transport: Transport, datagram: Uint8Array | null, hasBegun: boolean): boolean {
    if (!this.hasRoomFor(transport)) return false;
    transport.waitingSteps++;
    (hasBegun ? this.#begun : this.#new).push({ transport, datagram });
    return true;
  }

  get isEmpty(): boolean {
    return this.#begun.length === 0 && this.#new.length === 0;
  }

  /**
   * Takes steps out until the budget is spent; at least one, so that handshakes go on however busy the worker is.
   * @param clock ms
   */
  run(clock: () => number, take: (step: Step<Transport>) => void): void {
    const until = clock() + HANDSHAKE_BUDGET;
    do {
      const step = this.#begun.shift() ?? this.#new.shift();
      if (step === null) return;
      step.transport.waitingSteps--;
      take(step);
    } while (clock() < until);
  }
}

/** A queue whose ends cost the same, however long it is. */
class Fifo<Item> {
  #items: (Item | null)[] = [];
  #head = 0;

  get length(): number {
    return this.#items.length - this.#head;
  }

  push(item: Item): void {
    this.#items.push(item);
  }

  shift(): Item | null {
    const item = this.#items[this.#head] ?? null;
    if (item === null) return null;
    this.#items[this.#head++] = null;
    if (this.#head === this.#items.length || this.#head >= MAX_WAITING_STEPS) {
      this.#items = this.#items.slice(this.#head);
      this.#head = 0;
    }
    return item;
  }
}
