/** The participant whose name and address are forged. */
import { setTimeout as sleep } from 'node:timers/promises';
import { DtlsContext, generateCertificate } from '@kraken/load/engine-modules';
import { parseDescription, writeOffer } from '@kraken/load/sdp';
import { SignallingClient } from '@kraken/load/signalling-client';
import type { SocketMemory } from '@kraken/load/socket';
import { Transport } from '@kraken/load/transport';
import { accessToken } from '../../interop/access-token.js';
import { roomPrefix } from '../generator/room-prefix.js';

const JOIN_TIMEOUT_MS = 10_000;
const TURN_MS = 5;
const UID = 'flooded';
const LOCAL = { ufrag: 'flooded0', password: 'p'.repeat(24) };

export class JoinedParticipant {
  /** Of its connectivity checks. */
  readonly username: string;
  readonly mediaAddress: { readonly address: string; readonly port: number };
  readonly #transport: Transport;
  readonly #dtls: DtlsContext;

  private constructor(
    username: string,
    mediaAddress: { readonly address: string; readonly port: number },
    transport: Transport,
    dtls: DtlsContext,
  ) {
    this.username = username;
    this.mediaAddress = mediaAddress;
    this.#transport = transport;
    this.#dtls = dtls;
  }

  /**
   * @param secret of access tokens; null where none are demanded
   * @throws Error when it cannot join in time
   */
  static async join(
    url: string,
    memory: SocketMemory,
    secret: string | null = null,
  ): Promise<JoinedParticipant> {
    const certificate = await generateCertificate();
    const dtls = new DtlsContext(certificate);
    const room = roomPrefix('flooded');
    const token = secret === null ? null : accessToken(secret, { room, uid: UID });
    const client = new SignallingClient(url, token);
    try {
      const offer = writeOffer({
        ...LOCAL,
        fingerprint: certificate.fingerprint.value,
        stream: null,
        slots: 0,
      });
      const { sdp } = await client.publish(room, UID, offer);
      const remote = parseDescription(sdp);
      const [mediaAddress] = remote.candidates;
      if (mediaAddress === undefined) throw new Error('the engine names no candidate');
      const transport = new Transport(
        { memory, dtls },
        {
          local: LOCAL,
          remote,
          onConnected: () => undefined,
          onMedia: () => undefined,
          onClosed: () => undefined,
        },
      );
      const username = `${remote.ufrag}:${LOCAL.ufrag}`;
      const participant = new JoinedParticipant(username, mediaAddress, transport, dtls);
      await participant.#connect();
      return participant;
    } finally {
      client.close();
    }
  }

  get isConnected(): boolean {
    return this.#transport.state === 'connected';
  }

  /** Does what keeps it in the call; to be called often. */
  turn(): void {
    const now = performance.now();
    this.#transport.tick(now);
    this.#transport.drain(now);
  }

  /** Sends what it never would from its address. */
  send(datagram: Uint8Array): void {
    this.#transport.send(datagram);
  }

  leave(): void {
    this.#transport.close();
    this.#dtls.free();
  }

  async #connect(): Promise<void> {
    const deadline = performance.now() + JOIN_TIMEOUT_MS;
    while (!this.isConnected) {
      if (performance.now() > deadline) throw new Error('the participant could not connect in time');
      this.turn();
      await sleep(TURN_MS);
    }
  }
}
