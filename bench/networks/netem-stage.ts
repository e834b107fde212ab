import { spawnSync } from 'node:child_process';
import type { Browser } from 'puppeteer-core';
import type { EngineProcess } from '../../interop/engine-process.js';
import { NetworkNamespace } from '../../interop/network-namespace.js';
import { Cleanup, startChromium, startEngine } from '../../interop/test-room.js';
import { CLEAN, type LinkConditions } from './conditions.js';
import { type Command, clearing, impairing, interrupting, restoring } from './netem.js';
import type { Engines, Link, Stage } from './stage.js';

/** Of no importance where it is only tried whether there is netem. */
const ANY_PORT = 1;

/** netem cannot be used here; the message says why. */
export class NetemError extends Error {
  override readonly name = 'NetemError';
}

/** Everything in a network namespace of its own, on whose loopback the kernel's netem is: for one room at a time. */
export class NetemStage implements Stage {
  readonly impairment: Stage['impairment'] = 'netem';
  readonly browser: Browser;
  readonly #namespace: NetworkNamespace;
  readonly #engines: Engines;
  readonly #cleanup: Cleanup;

  private constructor(browser: Browser, namespace: NetworkNamespace, engines: Engines, cleanup: Cleanup) {
    this.browser = browser;
    this.#namespace = namespace;
    this.#engines = engines;
    this.#cleanup = cleanup;
  }

  /** @throws NetemError where there is no netem, and Error where no namespace can be made */
  static async set(): Promise<NetemStage> {
    const cleanup = new Cleanup();
    try {
      const namespace = new NetworkNamespace();
      cleanup.defer(() => namespace[Symbol.dispose]());
      run(namespace, [...impairing(CLEAN, ANY_PORT), ...clearing()]);
      const forwarding = await startEngine(cleanup, { namespace, workers: 1, recovery: false });
      const recovering = await startEngine(cleanup, { namespace, workers: 1 });
      const browser = await startChromium(cleanup, namespace);
      return new NetemStage(browser, namespace, [forwarding, recovering], cleanup);
    } catch (error) {
      await cleanup.run();
      throw error;
    }
  }

  engineUrl(recovery: boolean): string {
    return this.#engine(recovery).url;
  }

  async link(recovery: boolean, conditions: LinkConditions): Promise<Link> {
    const namespace = this.#namespace;
    run(namespace, impairing(conditions, this.#engine(recovery).mediaPort));
    let timer: NodeJS.Timeout | undefined;
    return {
      mediaPort: 0,
      blackOut() {
        if (conditions.blackout === 0) return;
        run(namespace, interrupting());
        timer = setTimeout(() => run(namespace, restoring(conditions)), conditions.blackout);
      },
      close() {
        clearTimeout(timer);
        run(namespace, clearing());
      },
    };
  }

  close(): Promise<void> {
    return this.#cleanup.run();
  }

  #engine(recovery: boolean): EngineProcess {
    return this.#engines[recovery ? 1 : 0];
  }
}

/** @throws NetemError with what the first command that fails has said */
function run(namespace: NetworkNamespace, commands: readonly Command[]): void {
  for (const command of commands) {
    const [program = '', ...parameters] = [...namespace.prefix, ...command];
    const { status, stderr, error } = spawnSync(program, parameters, { encoding: 'utf8' });
    if (status === 0) continue;
    const reason = error?.message ?? stderr.trim();
    throw new NetemError(`netem cannot be used here: ${command.join(' ')}: ${reason}`);
  }
}
