/**
 * What this machine's kernel takes for sending a small datagram over loopback, in batches and with nothing else to
 * do. An engine that sends one datagram per packet out cannot cost less, and the floor differs several times over
 * between machines: with it, figures of different machines can be compared.
 */
import { MSG_DONTWAIT } from './generator/engine-modules.js';
import {
  IOVEC_SIZE,
  MMSGHDR_SIZE,
  MSG_IOV,
  MSG_IOVLEN,
  MSG_NAME,
  MSG_NAMELEN,
  ParticipantSocket,
  RECEIVE_BATCH,
  SOCKADDR_IN_LENGTH,
  SocketMemory,
  socketAddress,
} from './generator/socket.js';

const LOOPBACK = '127.0.0.1';
const DATAGRAM_LENGTH = 130;
/** Receivers, and datagrams in a batch: one to each, as to the subscribers of one packet. */
const RECEIVERS = 20;
const ROUNDS = 200;
const BATCHES_PER_ROUND = 20;

/** @returns microseconds per datagram: the median of many rounds */
export function measureSendFloor(): number {
  const memory = new SocketMemory();
  const sender = new ParticipantSocket(memory, LOOPBACK, 9);
  const receivers = Array.from({ length: RECEIVERS }, () => new ParticipantSocket(memory, LOOPBACK, 9));
  const batch = new SendBatch(memory, receivers);
  const rounds: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const startedAt = performance.now();
    let sent = 0;
    for (let i = 0; i < BATCHES_PER_ROUND; i++) sent += batch.send(sender);
    rounds.push(((performance.now() - startedAt) * 1000) / sent);
    for (const receiver of receivers) while (receiver.receive() === RECEIVE_BATCH);
  }
  for (const socket of [sender, ...receivers]) socket.close();
  return rounds.sort((a, b) => a - b)[ROUNDS / 2] ?? 0;
}

/** One datagram to each receiver. Its buffers are fields, so that they live as long as the kernel reads them. */
class SendBatch {
  readonly #memory: SocketMemory;
  readonly #headers = Buffer.alloc(RECEIVERS * MMSGHDR_SIZE);
  readonly #vectors = Buffer.alloc(RECEIVERS * IOVEC_SIZE);
  readonly #names = Buffer.alloc(RECEIVERS * SOCKADDR_IN_LENGTH);
  readonly #headersAddress: number;

  constructor(memory: SocketMemory, receivers: readonly ParticipantSocket[]) {
    this.#memory = memory;
    const addressOf = (bytes: Uint8Array) => BigInt(memory.libc.addressOf(bytes));
    const names = addressOf(this.#names);
    const vectors = addressOf(this.#vectors);
    const datagram = addressOf(memory.sent);
    receivers.forEach(({ port }, i) => {
      this.#names.set(socketAddress(LOOPBACK, port), i * SOCKADDR_IN_LENGTH);
      this.#vectors.writeBigUInt64LE(datagram, i * IOVEC_SIZE);
      this.#vectors.writeUInt32LE(DATAGRAM_LENGTH, i * IOVEC_SIZE + 8);
      const header = i * MMSGHDR_SIZE;
      this.#headers.writeBigUInt64LE(names + BigInt(i * SOCKADDR_IN_LENGTH), header + MSG_NAME);
      this.#headers.writeUInt32LE(SOCKADDR_IN_LENGTH, header + MSG_NAMELEN);
      this.#headers.writeBigUInt64LE(vectors + BigInt(i * IOVEC_SIZE), header + MSG_IOV);
      this.#headers.writeBigUInt64LE(1n, header + MSG_IOVLEN);
    });
    this.#headersAddress = memory.libc.addressOf(this.#headers);
  }

  /** @returns datagrams that the kernel took */
  send(sender: ParticipantSocket): number {
    return this.#memory.libc.sendmmsg(sender.descriptor, this.#headersAddress, RECEIVERS, MSG_DONTWAIT);
  }
}
