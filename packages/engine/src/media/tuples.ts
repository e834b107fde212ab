import type { WorkerMemory } from './memory.js';
import {
  DESTINATION_ADDRESS,
  DESTINATION_ADDRESS_LENGTH,
  DESTINATION_RING,
  DESTINATION_SIZE,
} from './srtp/index.js';
import type { Transport, Tuple } from './transport.js';
import { ABSENT, AddressTable } from './udp/address-table.js';
import { socketAddressLength } from './udp/socket-address.js';

/** The tuples that have carried a valid connectivity check, by remote address and by TCP connection. */
export class Tuples {
  readonly #memory: WorkerMemory;
  readonly #table: AddressTable;
  readonly #byConnection = new Map<number, Tuple>();
  readonly #slots: (Tuple | null)[] = [];
  readonly #free: number[] = [];
  #nextId = 0;

  /** @param seed random bytes for the address table */
  constructor(memory: WorkerMemory, seed: Uint8Array) {
    this.#memory = memory;
    this.#table = new AddressTable(seed);
  }

  /** @returns the tuple of a datagram's source, or null: nobody has proven to be there */
  ofDatagram(socketIndex: number, address: number): Tuple | null {
    const slot = this.#table.lookup(this.#memory.bytes, address, socketIndex);
    return slot === ABSENT ? null : (this.#slots[slot] ?? null);
  }

  ofConnection(connection: number): Tuple | null {
    return this.#byConnection.get(connection) ?? null;
  }

  /** The id that the next tuple will have: ICE has to name a tuple before it is known to be worth keeping. */
  get nextId(): number {
    return this.#nextId;
  }

  /**
   * Keeps a datagram's source.
   * @param address offset of its socket address
   * @param ring offset of the transmit ring of its socket
   * @returns null when the memory is full
   */
  addDatagram(transport: Transport, socketIndex: number, address: number, ring: number): Tuple | null {
    const destination = this.#memory.allocate(DESTINATION_SIZE);
    if (destination === 0) return null;
    const { bytes, view } = this.#memory;
    const length = socketAddressLength(bytes, address);
    view.setUint32(destination + DESTINATION_RING, ring, true);
    view.setUint32(destination + DESTINATION_ADDRESS_LENGTH, length, true);
    bytes.copyWithin(destination + DESTINATION_ADDRESS, address, address + length);
    const tuple = this.#insert({ transport, destination, socketIndex, connection: 0 });
    this.#table.set(bytes, destination + DESTINATION_ADDRESS, socketIndex, tuple.slot);
    return tuple;
  }

  /** Keeps a TCP connection: its number stands where a socket address would. @returns null when the memory is full */
  addConnection(transport: Transport, connection: number, ring: number): Tuple | null {
    const destination = this.#memory.allocate(DESTINATION_SIZE);
    if (destination === 0) return null;
    const { view } = this.#memory;
    view.setUint32(destination + DESTINATION_RING, ring, true);
    view.setUint32(destination + DESTINATION_ADDRESS_LENGTH, 4, true);
    view.setUint32(destination + DESTINATION_ADDRESS, connection, true);
    const tuple = this.#insert({ transport, destination, socketIndex: -1, connection });
    this.#byConnection.set(connection, tuple);
    return tuple;
  }

  remove(tuple: Tuple): void {
    if (tuple.connection === 0) {
      this.#table.delete(this.#memory.bytes, tuple.destination + DESTINATION_ADDRESS, tuple.socketIndex);
    } else {
      this.#byConnection.delete(tuple.connection);
    }
    this.#slots[tuple.slot] = null;
    this.#free.push(tuple.slot);
    this.#memory.free(tuple.destination, DESTINATION_SIZE);
  }

  #insert(tuple: Omit<Tuple, 'id' | 'slot'>): Tuple {
    const slot = this.#free.pop() ?? this.#slots.length;
    const inserted = { ...tuple, id: this.#nextId++, slot };
    this.#slots[slot] = inserted;
    return inserted;
  }
}
