import type { WorkerMemory } from '../memory.js';
import { MESSAGE_SIZE, VECTOR_SIZE } from '../srtp/index.js';
import { readSocketAddress, socketAddressLength } from '../udp/socket-address.js';

export interface CapturedDatagram {
  /** `192.0.2.1:5000` */
  readonly to: string;
  readonly bytes: Buffer;
}

/**
 * Reads what a transmit ring would hand to sendmmsg(2), by its absolute pointers.
 * @throws Error when a message header is not what the system call would take
 */
export function readMessages(memory: WorkerMemory, messages: number, count: number): CapturedDatagram[] {
  const { view, bytes } = memory;
  const follow = (at: number): number => {
    const target = Number(view.getBigUint64(at, true)) - memory.baseAddress;
    if (target <= 0 || target >= bytes.length) throw new Error(`a pointer at ${at} leads out of the memory`);
    return target;
  };
  return Array.from({ length: count }, (_, i) => {
    const message = messages + i * MESSAGE_SIZE;
    const name = follow(message);
    const vector = follow(message + 16);
    if (vector % VECTOR_SIZE !== 0 || view.getUint32(message + 24, true) !== 1)
      throw new Error(`message ${i} has no vector of its own`);
    if (view.getUint32(message + 8, true) !== socketAddressLength(bytes, name))
      throw new Error(`message ${i} has an address of the wrong length`);
    const start = follow(vector);
    const length = Number(view.getBigUint64(vector + 8, true));
    const { family, address, port } = readSocketAddress(bytes, name);
    const to = family === 'IPv4' ? `${address}:${port}` : `[${address}]:${port}`;
    return { to, bytes: Buffer.from(bytes.slice(start, start + length)) };
  });
}
