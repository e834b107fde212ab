/** A client as Kraken's are: it polls, and joins anew when it is told that it is not there, or was
 * not let in. Nothing else is tried again. */
import { setTimeout as sleep } from 'node:timers/promises';
import { CallError, type EngineClient } from '../../engine/test/contract/engine-client.js';
import { WrtcParticipant } from '../../engine/test/contract/wrtc-participant.js';

const REJOIN_CODES: readonly number[] = [5002001, 5002002];

export class PollingClient {
  /** How often it had to join anew. */
  rejoins = 0;
  /** What went wrong besides. */
  readonly failures: string[] = [];
  readonly #client: EngineClient;
  readonly #interval: number;
  readonly #stopping = new AbortController();
  #participant: WrtcParticipant;

  private constructor(
    client: EngineClient,
    readonly rid: string,
    readonly uid: string,
    interval: number,
  ) {
    this.#client = client;
    this.#interval = interval;
    this.#participant = new WrtcParticipant(client, rid, uid);
  }

  /** @param interval between polls, ms. @returns the client, in the room with its microphone, polling */
  static async join(
    client: EngineClient,
    rid: string,
    uid: string,
    interval: number,
  ): Promise<PollingClient> {
    const joined = new PollingClient(client, rid, uid, interval);
    await joined.#participant.speak();
    void joined.#run();
    return joined;
  }

  /** The uids whose sound has been decoded just now. */
  hears(): string[] {
    return this.#participant.hears();
  }

  /** Leaves the room. */
  async end(): Promise<void> {
    this.#stopping.abort();
    await this.#participant.end();
    this.#participant.close();
  }

  /** Goes without a word. */
  close(): void {
    this.#stopping.abort();
    this.#participant.close();
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    for (;;) {
      await sleep(this.#interval, undefined, { signal }).catch(() => {});
      if (signal.aborted) return;
      try {
        await this.#poll();
      } catch (error) {
        if (!signal.aborted) this.failures.push(`${this.rid}, ${this.uid}: ${String(error)}`);
      }
    }
  }

  async #poll(): Promise<void> {
    if (this.#participant.cid === '') return this.#rejoin();
    try {
      await this.#participant.poll();
    } catch (error) {
      if (!(error instanceof CallError) || !REJOIN_CODES.includes(error.code)) throw error;
      await this.#rejoin();
    }
  }

  async #rejoin(): Promise<void> {
    this.rejoins++;
    this.#participant.close();
    this.#participant = new WrtcParticipant(this.#client, this.rid, this.uid);
    await this.#participant.speak();
  }
}
