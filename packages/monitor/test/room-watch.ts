/** Looks all the time whether some room is on two engines. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { ClusterEngine } from './cluster-processes.js';

const INTERVAL = 100;

export interface WatchedCluster {
  /** @returns engines that have somebody in the room, asked one by one */
  holdersOf(rid: string): Promise<readonly ClusterEngine[]>;
}

export class RoomWatch {
  readonly #cluster: WatchedCluster;
  readonly #rid: string;
  readonly #watching: Promise<void>;
  #isOver = false;
  #excepted: ClusterEngine | null = null;
  /** How often the engines were asked. */
  looks = 0;
  /** Engines that had the room at the same time. */
  readonly splits: string[] = [];

  constructor(cluster: WatchedCluster, rid: string) {
    this.#cluster = cluster;
    this.#rid = rid;
    this.#watching = this.#run();
  }

  /** An engine that is cut off: who is still there has not noticed yet that the call is elsewhere; it takes nobody new. */
  except(engine: ClusterEngine): void {
    this.#excepted = engine;
  }

  async end(): Promise<void> {
    this.#isOver = true;
    await this.#watching;
  }

  async #run(): Promise<void> {
    while (!this.#isOver) {
      const split = await this.#split();
      if (split.length > 0) this.splits.push(`${this.#rid}: ${split.join()}`);
      await sleep(INTERVAL);
    }
  }

  /** An engine may give the room up between its answer and the next one's: so who had it is asked once more. */
  async #split(): Promise<readonly string[]> {
    const before = await this.#holders();
    if (before.length < 2) return [];
    const after = await this.#holders();
    const both = before.filter((url) => after.includes(url));
    return both.length > 1 ? both : [];
  }

  /** An engine that is killed while it is asked has nobody. */
  async #holders(): Promise<readonly string[]> {
    try {
      const holders = await this.#cluster.holdersOf(this.#rid);
      this.looks++;
      return holders.map(({ url }) => url).filter((url) => url !== this.#excepted?.url);
    } catch {
      return [];
    }
  }
}
