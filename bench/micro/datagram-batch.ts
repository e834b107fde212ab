/** Datagrams that one sendmmsg(2) hands to the kernel, with or without UDP GSO. */
import {
  CONTROL_HEADER_SIZE,
  CONTROL_LEVEL,
  CONTROL_TYPE,
  MESSAGE_CONTROL,
  MESSAGE_CONTROL_LENGTH,
  MESSAGE_NAME,
  MESSAGE_NAME_LENGTH,
  MESSAGE_SIZE,
  MESSAGE_VECTOR,
  MESSAGE_VECTOR_COUNT,
  MSG_DONTWAIT,
  SOL_UDP,
  UDP_SEGMENT,
  VECTOR_BASE,
  VECTOR_LENGTH,
  VECTOR_SIZE,
} from '@kraken/load/engine-modules';
import {
  type ParticipantSocket,
  SOCKADDR_IN_LENGTH,
  type SocketMemory,
  socketAddress,
} from '@kraken/load/socket';

export const LOOPBACK = '127.0.0.1';
/** A SRTP packet with a header extension and 100 octets of payload. */
export const DATAGRAM_LENGTH = 130;

/** struct cmsghdr with the two octets that UDP_SEGMENT takes, padded and not: cmsg(3), udp(7). */
const CONTROL_SIZE = 24;
const CONTROL_LENGTH = CONTROL_HEADER_SIZE + 2;

/** One message to each receiver, of one or more datagrams. Its buffers live as long as the kernel reads them. */
export class DatagramBatch {
  /** Datagrams in all messages together. */
  readonly datagrams: number;
  readonly #memory: SocketMemory;
  readonly #messages: number;
  readonly #octets: Buffer;
  readonly #headers: Buffer;
  readonly #vectors: Buffer;
  readonly #names: Buffer;
  readonly #controls: Buffer;
  readonly #headersAddress: number;

  /** @param segments datagrams in a message; above 1 the kernel cuts it (UDP GSO) */
  constructor(memory: SocketMemory, receivers: readonly ParticipantSocket[], segments: number) {
    const messages = receivers.length;
    this.datagrams = messages * segments;
    this.#memory = memory;
    this.#messages = messages;
    this.#octets = Buffer.alloc(DATAGRAM_LENGTH * segments);
    this.#headers = Buffer.alloc(messages * MESSAGE_SIZE);
    this.#vectors = Buffer.alloc(messages * VECTOR_SIZE);
    this.#names = Buffer.alloc(messages * SOCKADDR_IN_LENGTH);
    this.#controls = Buffer.alloc(messages * CONTROL_SIZE);
    receivers.forEach(({ port }, i) => {
      this.#writeMessage(i, port);
      if (segments > 1) this.#writeSegmentLength(i);
    });
    this.#headersAddress = memory.libc.addressOf(this.#headers);
  }

  /** @returns datagrams that the kernel took */
  send(sender: ParticipantSocket): number {
    const { libc } = this.#memory;
    const sent = libc.sendmmsg(sender.descriptor, this.#headersAddress, this.#messages, MSG_DONTWAIT);
    if (sent < 0) throw new Error(`sendmmsg: errno ${libc.errno()}`);
    return (sent * this.datagrams) / this.#messages;
  }

  #addressOf(bytes: Uint8Array): bigint {
    return BigInt(this.#memory.libc.addressOf(bytes));
  }

  #writeMessage(i: number, port: number): void {
    const header = i * MESSAGE_SIZE;
    this.#names.set(socketAddress(LOOPBACK, port), i * SOCKADDR_IN_LENGTH);
    this.#vectors.writeBigUInt64LE(this.#addressOf(this.#octets), i * VECTOR_SIZE + VECTOR_BASE);
    this.#vectors.writeUInt32LE(this.#octets.length, i * VECTOR_SIZE + VECTOR_LENGTH);
    const name = this.#addressOf(this.#names) + BigInt(i * SOCKADDR_IN_LENGTH);
    this.#headers.writeBigUInt64LE(name, header + MESSAGE_NAME);
    this.#headers.writeUInt32LE(SOCKADDR_IN_LENGTH, header + MESSAGE_NAME_LENGTH);
    this.#headers.writeBigUInt64LE(
      this.#addressOf(this.#vectors) + BigInt(i * VECTOR_SIZE),
      header + MESSAGE_VECTOR,
    );
    this.#headers.writeBigUInt64LE(1n, header + MESSAGE_VECTOR_COUNT);
  }

  #writeSegmentLength(i: number): void {
    const control = i * CONTROL_SIZE;
    this.#controls.writeBigUInt64LE(BigInt(CONTROL_LENGTH), control);
    this.#controls.writeInt32LE(SOL_UDP, control + CONTROL_LEVEL);
    this.#controls.writeInt32LE(UDP_SEGMENT, control + CONTROL_TYPE);
    this.#controls.writeUInt16LE(DATAGRAM_LENGTH, control + CONTROL_HEADER_SIZE);
    const header = i * MESSAGE_SIZE;
    this.#headers.writeBigUInt64LE(
      this.#addressOf(this.#controls) + BigInt(control),
      header + MESSAGE_CONTROL,
    );
    this.#headers.writeBigUInt64LE(BigInt(CONTROL_SIZE), header + MESSAGE_CONTROL_LENGTH);
  }
}
