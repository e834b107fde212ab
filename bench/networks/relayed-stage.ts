import type { Browser } from 'puppeteer-core';
import type { EngineProcess } from '../../interop/engine-process.js';
import { Cleanup, startChromium, startEngine } from '../../interop/test-room.js';
import type { LinkConditions } from './conditions.js';
import { ImpairmentRelay } from './impairment-relay.js';
import type { Engines, Link, Stage } from './stage.js';

/** Everything on this machine's loopback, with a relay for each room between its participants and their engine. */
export class RelayedStage implements Stage {
  readonly impairment: Stage['impairment'] = 'relay';
  readonly browser: Browser;
  readonly #engines: Engines;
  readonly #cleanup: Cleanup;

  private constructor(browser: Browser, engines: Engines, cleanup: Cleanup) {
    this.browser = browser;
    this.#engines = engines;
    this.#cleanup = cleanup;
  }

  static async set(): Promise<RelayedStage> {
    const cleanup = new Cleanup();
    try {
      const forwarding = await startEngine(cleanup, { workers: 1, recovery: false });
      const recovering = await startEngine(cleanup, { workers: 1 });
      return new RelayedStage(await startChromium(cleanup), [forwarding, recovering], cleanup);
    } catch (error) {
      await cleanup.run();
      throw error;
    }
  }

  engineUrl(recovery: boolean): string {
    return this.#engine(recovery).url;
  }

  async link(recovery: boolean, conditions: LinkConditions, seed: number): Promise<Link> {
    const { mediaPort } = this.#engine(recovery);
    const relay = await ImpairmentRelay.start(mediaPort, { up: conditions, down: conditions }, seed);
    return {
      mediaPort: relay.port,
      blackOut: () => relay.blackOut(),
      close: () => relay.close(),
    };
  }

  close(): Promise<void> {
    return this.#cleanup.run();
  }

  #engine(recovery: boolean): EngineProcess {
    return this.#engines[recovery ? 1 : 0];
  }
}
