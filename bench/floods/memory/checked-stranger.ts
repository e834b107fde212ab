/** Somebody who has published and proven an address, and from there on sends what they like. */
import { setTimeout as sleep } from 'node:timers/promises';
import { generateCertificate } from '@kraken/load/engine-modules';
import { parseDescription, writeOffer } from '@kraken/load/sdp';
import { SignallingClient } from '@kraken/load/signalling-client';
import { MAX_DATAGRAM, ParticipantSocket, type SocketMemory } from '@kraken/load/socket';
import { StunClient } from '@kraken/load/stun-client';
import { accessToken } from '../../../interop/access-token.js';

const CHECK_TIMEOUT = 5_000;
const CHECK_INTERVAL = 2_500;
const LOCAL = { ufrag: 'halfjoin', password: 'p'.repeat(24) };

export class CheckedStranger {
  readonly #socket: ParticipantSocket;
  readonly #stun: StunClient;
  #checkedAt = 0;

  private constructor(socket: ParticipantSocket, stun: StunClient) {
    this.#socket = socket;
    this.#stun = stun;
  }

  /** @throws Error when the engine answers no check in time */
  static async come(
    url: string,
    memory: SocketMemory,
    secret: string,
    uid: string,
  ): Promise<CheckedStranger> {
    const { fingerprint } = await generateCertificate();
    const client = new SignallingClient(url, accessToken(secret, { room: 'half', uid }));
    const offer = writeOffer({ ...LOCAL, fingerprint: fingerprint.value, stream: null, slots: 0 });
    const { sdp } = await client.publish('half', uid, offer).finally(() => client.close());
    const remote = parseDescription(sdp);
    const [candidate] = remote.candidates;
    if (candidate === undefined) throw new Error('the engine names no candidate');
    const socket = new ParticipantSocket(memory, candidate.address, candidate.port);
    const stun = new StunClient(LOCAL, remote);
    const stranger = new CheckedStranger(socket, stun);
    const deadline = performance.now() + CHECK_TIMEOUT;
    for (;;) {
      socket.send(stun.request());
      await sleep(1);
      const count = socket.receive();
      for (let i = 0; i < count; i++) {
        const start = i * MAX_DATAGRAM;
        const response = stun.receive(memory.received.subarray(start, start + socket.lengthOf(i)));
        if (response?.kind === 'success') return stranger;
      }
      if (performance.now() > deadline) throw new Error('the engine answers no check');
    }
  }

  /** Keeps its address; to be called often. */
  turn(): void {
    const now = performance.now();
    if (now - this.#checkedAt < CHECK_INTERVAL) return;
    this.#checkedAt = now;
    this.#socket.send(this.#stun.request());
  }

  send(datagram: Uint8Array): void {
    this.#socket.send(datagram);
  }

  leave(): void {
    this.#socket.close();
  }
}
