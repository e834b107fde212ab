/** Sends a flood at an even rate. */
import { setImmediate as turn } from 'node:timers/promises';
import { ParticipantSocket, type SocketMemory } from '@kraken/load/socket';
import type { Flood } from './floods.js';
import type { JoinedParticipant } from './joined-participant.js';

/** Packets per second: as many as the pairs send that forwarding is measured with. */
export const FLOOD_RATE = 10_000;
/** Addresses that a flood comes from, where nobody is. */
const SOURCES = 64;
/** Datagrams that are sent by turns. */
const DIFFERENT = 1024;
/** Milliseconds between two looks at the participant. */
const SLICE = 20;

export class FloodSender {
  readonly #participant: JoinedParticipant;
  readonly #sockets: readonly ParticipantSocket[];

  constructor(memory: SocketMemory, participant: JoinedParticipant) {
    const { address, port } = participant.mediaAddress;
    this.#participant = participant;
    this.#sockets = Array.from({ length: SOURCES }, () => new ParticipantSocket(memory, address, port));
  }

  /** @returns how many packets were sent */
  async send(flood: Flood, seconds: number): Promise<number> {
    const datagrams = Array.from({ length: DIFFERENT }, () => flood.make(this.#participant.username));
    const startedAt = performance.now();
    const endsAt = startedAt + seconds * 1000;
    let sent = 0;
    for (let now = startedAt; now < endsAt; now = performance.now()) {
      this.#participant.turn();
      await turn();
      const sliceEnd = Math.min(now + SLICE, endsAt);
      // No sleep is as short as the time between two packets.
      while (now < sliceEnd) {
        now = performance.now();
        if (sent >= ((now - startedAt) * FLOOD_RATE) / 1000) continue;
        this.#sendOne(flood, datagrams[sent % DIFFERENT] ?? Buffer.alloc(0), sent);
        sent++;
      }
    }
    return sent - this.#takeFailures();
  }

  /** Lets time pass without a flood. */
  async rest(seconds: number): Promise<void> {
    const endsAt = performance.now() + seconds * 1000;
    while (performance.now() < endsAt) {
      this.#participant.turn();
      await new Promise((resolve) => setTimeout(resolve, SLICE));
    }
  }

  close(): void {
    for (const socket of this.#sockets) socket.close();
  }

  #sendOne({ fromParticipant }: Flood, datagram: Buffer, place: number): void {
    if (fromParticipant) this.#participant.send(datagram);
    else this.#sockets[place % SOURCES]?.send(datagram);
  }

  /** What the kernel did not take. */
  #takeFailures(): number {
    let failures = 0;
    for (const socket of this.#sockets) {
      failures += socket.sendFailures;
      socket.sendFailures = 0;
    }
    return failures;
  }
}
