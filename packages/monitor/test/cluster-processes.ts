/** A monitor and engines as processes of their own, on the loopback interface. */
import { setTimeout as sleep } from 'node:timers/promises';
import { EngineClient } from '../../engine/test/contract/engine-client.js';
import { KrakenProcess } from '../../engine/test/kraken-process.js';
import { ClusterFiles } from './cluster-files.js';
import { freePort } from './free-port.js';

const READY_TIMEOUT = 20_000;
const POLL_INTERVAL = 50;

export interface ClusterEngine {
  readonly url: string;
  readonly process: KrakenProcess;
  /** The path of its configuration. */
  readonly config: string;
  /** Calls that go to it and not through the monitor. */
  readonly client: EngineClient;
}

export class ClusterProcesses {
  readonly #files = new ClusterFiles();
  readonly #processes: KrakenProcess[] = [];
  readonly engines: ClusterEngine[] = [];
  readonly client: EngineClient;
  readonly #monitorPort: number;
  monitor: KrakenProcess;

  private constructor(port: number) {
    this.#monitorPort = port;
    this.client = new EngineClient(`http://127.0.0.1:${port}/`);
    this.monitor = this.#startMonitor();
  }

  /**
   * @param sections for the engines' configuration, beginning in [monitor]
   * @returns a cluster that knows all its engines, and all rooms
   */
  static async start(engines: number, sections = ''): Promise<ClusterProcesses> {
    const cluster = new ClusterProcesses(await freePort());
    try {
      await cluster.monitor.url();
      for (let i = 0; i < engines; i++) await cluster.addEngine(sections);
      await cluster.untilReady(engines);
      return cluster;
    } catch (error) {
      await cluster.stop();
      throw error;
    }
  }

  async addEngine(sections = ''): Promise<ClusterEngine> {
    return this.#startEngine(await freePort(), sections);
  }

  /** Another run of an engine that has ended, where that was. */
  async replace(engine: ClusterEngine, sections = ''): Promise<ClusterEngine> {
    this.engines.splice(this.engines.indexOf(engine), 1);
    return this.#startEngine(Number(new URL(engine.url).port), sections);
  }

  async #startEngine(port: number, sections: string): Promise<ClusterEngine> {
    const url = `http://127.0.0.1:${port}/`;
    const path = this.#files.engine(port, `url = "${this.client.url}"`, sections);
    const process = new KrakenProcess('-c', path, '-s', 'engine');
    this.#processes.push(process);
    await process.url();
    const engine = { url, process, config: path, client: new EngineClient(url) };
    this.engines.push(engine);
    return engine;
  }

  /** Waits until the monitor is ready and has heard of so many engines. */
  async untilReady(engines: number): Promise<void> {
    const deadline = performance.now() + READY_TIMEOUT;
    for (;;) {
      const { text } = await this.client.request('GET', '/readyz');
      if (JSON.parse(text).status === 'ready' && (await this.rows()).length === engines) return;
      if (performance.now() > deadline) throw new Error(`not ready: ${JSON.stringify(await this.rows())}`);
      await sleep(POLL_INTERVAL);
    }
  }

  /** The cluster's engines as `info` tells of them. */
  async rows(): Promise<readonly { readonly url: string; readonly state: string; readonly rooms: number }[]> {
    const { text } = await this.client.post(JSON.stringify({ id: 'i', method: 'info', params: [] }));
    return JSON.parse(text).data.engines;
  }

  /** @returns engines that have somebody in the room, asked one by one */
  async holdersOf(rid: string): Promise<ClusterEngine[]> {
    const holders: ClusterEngine[] = [];
    for (const engine of this.engines) {
      if (!isRunning(engine)) continue;
      if ((await engine.client.call('list', rid)).peers.length > 0) holders.push(engine);
    }
    return holders;
  }

  /** Another run of the monitor on the same port, which knows nothing. */
  async restartMonitor(): Promise<void> {
    await this.monitor.stop('SIGKILL');
    this.monitor = this.#startMonitor();
    await this.monitor.url();
  }

  /** The path of the monitor's configuration. */
  get monitorConfig(): string {
    return this.#files.monitor(this.#monitorPort, '');
  }

  async stop(): Promise<void> {
    await Promise.all(this.#processes.map((process) => process.stop('SIGKILL')));
    this.#files.remove();
  }

  #startMonitor(): KrakenProcess {
    const path = this.#files.monitor(this.#monitorPort, '');
    const process = new KrakenProcess('-c', path, '-s', 'monitor');
    this.#processes.push(process);
    return process;
  }
}

export function isRunning({ process: { process } }: ClusterEngine): boolean {
  return process.exitCode === null && process.signalCode === null;
}
