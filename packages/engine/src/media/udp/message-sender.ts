import type { WorkerMemory } from '../memory.js';
import {
  MAX_SEGMENTS,
  MESSAGE_CONTROL,
  MESSAGE_CONTROL_LENGTH,
  MESSAGE_NAME_LENGTH,
  MESSAGE_SIZE,
  MESSAGE_VECTOR,
  MESSAGE_VECTOR_COUNT,
  VECTOR_SIZE,
} from '../srtp/layout.js';
import * as libc from './libc.js';

/** Sends messages by sendmmsg(2) from one socket; a message may carry several datagrams, see UDP_SEGMENT in udp(7). */
export class MessageSender {
  readonly #calls: libc.LibC;
  readonly #memory: WorkerMemory;
  readonly #descriptor: number;
  /** Where the datagrams of a merged message that the system refuses become messages of their own. */
  readonly #single: number;
  #takesMerged: boolean;

  constructor(calls: libc.LibC, memory: WorkerMemory, descriptor: number) {
    this.#calls = calls;
    this.#memory = memory;
    this.#descriptor = descriptor;
    this.#single = memory.reserve(MESSAGE_SIZE);
    memory.view.setUint32(this.#single + MESSAGE_VECTOR_COUNT, 1, true);
    // 0 leaves the socket as it is, and fails where the system does not know the option.
    this.#takesMerged =
      calls.setsockopt(descriptor, libc.SOL_UDP, libc.UDP_SEGMENT, new Uint8Array(4), 4) === 0;
  }

  /** Whether messages of several datagrams are taken here; a device may turn out not to. */
  get takesMerged(): boolean {
    return this.#takesMerged;
  }

  /**
   * Sends without waiting. A full socket buffer ends it; a message that cannot go is left out.
   * @param messages offset of the first `mmsghdr`
   * @param count how many messages
   * @returns how many datagrams the system took
   */
  send(messages: number, count: number): number {
    let done = 0;
    let sent = 0;
    while (done < count) {
      const taken = this.#call(messages + done * MESSAGE_SIZE, count - done);
      if (taken > 0) {
        for (let i = done; i < done + taken; i++) sent += this.#datagrams(messages + i * MESSAGE_SIZE);
        done += taken;
        continue;
      }
      const error = this.#calls.errno();
      if (error === libc.EAGAIN || error === libc.ENOBUFS) break;
      // The message at the front cannot go (no route, a firewall's refusal): those behind it can.
      const refused = messages + done * MESSAGE_SIZE;
      if (this.#datagrams(refused) > 1) sent += this.#sendSeparately(refused, error);
      done++;
    }
    return sent;
  }

  #call(messages: number, count: number): number {
    const { baseAddress } = this.#memory;
    for (;;) {
      const taken = this.#calls.sendmmsg(this.#descriptor, baseAddress + messages, count, libc.MSG_DONTWAIT);
      if (taken >= 0 || this.#calls.errno() !== libc.EINTR) return taken;
    }
  }

  #datagrams(message: number): number {
    return this.#memory.view.getUint32(message + MESSAGE_VECTOR_COUNT, true);
  }

  /**
   * Sends the datagrams of a message on their own: the path may have a smaller MTU than a segment has octets, or the
   * device no checksum offload, without which there is no segmentation (EIO).
   */
  #sendSeparately(message: number, error: number): number {
    if (error === libc.EIO) this.#takesMerged = false;
    const { view, bytes } = this.#memory;
    const single = this.#single;
    bytes.copyWithin(single, message, message + MESSAGE_NAME_LENGTH + 4);
    view.setBigUint64(single + MESSAGE_CONTROL, 0n, true);
    view.setBigUint64(single + MESSAGE_CONTROL_LENGTH, 0n, true);
    const vectors = view.getBigUint64(message + MESSAGE_VECTOR, true);
    const count = Math.min(this.#datagrams(message), MAX_SEGMENTS);
    let sent = 0;
    for (let i = 0; i < count; i++) {
      view.setBigUint64(single + MESSAGE_VECTOR, vectors + BigInt(i * VECTOR_SIZE), true);
      if (this.#call(single, 1) === 1) sent++;
    }
    return sent;
  }
}
