/**
 * Monitors that share a Redis, behind a balancer, and engines: each a process of its own, and each way from a monitor to
 * Redis and from an engine to the monitors a network that can be cut.
 */
import { EngineClient } from '../../engine/test/contract/engine-client.js';
import { KrakenProcess } from '../../engine/test/kraken-process.js';
import { Balancer } from './balancer.js';
import { ClusterFiles } from './cluster-files.js';
import { type ClusterEngine, isRunning } from './cluster-processes.js';
import { freePort } from './free-port.js';
import { RedisProcess } from './redis-process.js';
import { TcpProxy } from './tcp-proxy.js';
import { until } from './until.js';

const READY_TIMEOUT = 20_000;
const MONITORS = 2;

export interface SharedMonitor {
  readonly port: number;
  process: KrakenProcess;
  /** Calls that go to this one and not through the balancer. */
  readonly client: EngineClient;
  /** null when it goes there directly, and sees when nobody listens. */
  readonly wayToRedis: TcpProxy | null;
}

export interface LinkedEngine extends ClusterEngine {
  /** Or to Redis, where it announces itself there. */
  readonly wayToMonitors: TcpProxy;
}

export class SharedCluster {
  readonly redis: RedisProcess;
  readonly monitors: readonly SharedMonitor[];
  readonly engines: LinkedEngine[] = [];
  /** Through the balancer. */
  readonly client: EngineClient;
  readonly #files: ClusterFiles;
  readonly #balancer: Balancer;

  private constructor(
    redis: RedisProcess,
    monitors: readonly SharedMonitor[],
    balancer: Balancer,
    files: ClusterFiles,
  ) {
    this.redis = redis;
    this.monitors = monitors;
    this.#balancer = balancer;
    this.#files = files;
    this.client = new EngineClient(`http://127.0.0.1:${balancer.port}/`);
  }

  /**
   * @param wayToRedis of the monitors
   * @returns a cluster of two monitors that know all engines
   */
  static async start(engines: number, wayToRedis: 'direct' | 'cuttable'): Promise<SharedCluster> {
    const files = new ClusterFiles();
    const redis = await RedisProcess.start();
    const all: SharedMonitor[] = [];
    for (let i = 0; i < MONITORS; i++) all.push(await startMonitor(redis, wayToRedis, files));
    const balancer = await Balancer.start(all.map(({ port }) => port));
    const cluster = new SharedCluster(redis, all, balancer, files);
    try {
      await until('monitors are ready', () => cluster.isReady(), READY_TIMEOUT);
      for (let i = 0; i < engines; i++) await cluster.addEngine();
      await until('engines are known', () => cluster.knows(engines), READY_TIMEOUT);
      await until('rooms are known', () => cluster.isLearnt(), READY_TIMEOUT);
      return cluster;
    } catch (error) {
      await cluster.stop();
      throw error;
    }
  }

  /** @param way by which it announces itself: to the monitors through the balancer, or in Redis */
  async addEngine(way: 'monitors' | 'redis' = 'monitors'): Promise<LinkedEngine> {
    const port = await freePort();
    const target = way === 'monitors' ? this.#balancer.port : this.redis.port;
    const wayToMonitors = await TcpProxy.start(target);
    const address = `127.0.0.1:${wayToMonitors.port}`;
    const link = way === 'monitors' ? `url = "http://${address}/"` : `redis = "redis://${address}"`;
    const path = this.#files.engine(port, link, '');
    const process = new KrakenProcess('-c', path, '-s', 'engine');
    const url = `http://127.0.0.1:${port}/`;
    const engine = { url, config: path, process, client: new EngineClient(url), wayToMonitors };
    this.engines.push(engine);
    await process.url();
    return engine;
  }

  /** Another run of the monitor on the same port. */
  async restart(monitor: SharedMonitor): Promise<void> {
    await monitor.process.stop('SIGKILL');
    monitor.process = runMonitor(monitor.port, monitor.wayToRedis?.port ?? this.redis.port, this.#files);
    await monitor.process.url();
  }

  /** Whether all monitors take calls. */
  async isReady(): Promise<boolean> {
    const replies = this.monitors.map(({ client }) => client.request('GET', '/readyz'));
    return (await Promise.all(replies)).every(({ status }) => status === 200);
  }

  /** Whether all monitors know which rooms there are. */
  async isLearnt(): Promise<boolean> {
    const replies = this.monitors.map(({ client }) => client.request('GET', '/readyz'));
    return (await Promise.all(replies)).every(({ text }) => JSON.parse(text).status !== 'learning');
  }

  /** Whether each monitor knows so many engines that are heard. */
  async knows(engines: number): Promise<boolean> {
    const rows = await Promise.all(this.monitors.map((monitor) => statesAt(monitor)));
    return rows.every((states) => states.filter((state) => state !== 'silent').length === engines);
  }

  /** @returns engines that have somebody in the room, asked one by one */
  async holdersOf(rid: string): Promise<LinkedEngine[]> {
    const holders: LinkedEngine[] = [];
    for (const engine of this.engines.filter(isRunning)) {
      if ((await engine.client.call('list', rid)).peers.length > 0) holders.push(engine);
    }
    return holders;
  }

  /** What all processes have said, for whoever looks into a failure. */
  logs(): string {
    const monitors = this.monitors.map(({ port, process }) => `monitor ${port}:\n${process.stdout}`);
    const engines = this.engines.map(({ url, process }) => `engine ${url}:\n${process.stdout}`);
    return [...monitors, ...engines].join('\n');
  }

  async stop(): Promise<void> {
    const processes = [...this.monitors, ...this.engines].map(({ process }) => process);
    await Promise.all(processes.map((process) => process.stop('SIGKILL')));
    this.#balancer.close();
    for (const { wayToRedis } of this.monitors) wayToRedis?.close();
    for (const { wayToMonitors } of this.engines) wayToMonitors.close();
    await this.redis.close();
    this.#files.remove();
  }
}

async function startMonitor(
  redis: RedisProcess,
  way: 'direct' | 'cuttable',
  files: ClusterFiles,
): Promise<SharedMonitor> {
  const port = await freePort();
  const wayToRedis = way === 'direct' ? null : await TcpProxy.start(redis.port);
  const process = runMonitor(port, wayToRedis?.port ?? redis.port, files);
  await process.url();
  return { port, process, client: new EngineClient(`http://127.0.0.1:${port}/`), wayToRedis };
}

function runMonitor(port: number, redisPort: number, files: ClusterFiles): KrakenProcess {
  const path = files.monitor(port, `[registry]\nredis = "redis://127.0.0.1:${redisPort}"\n`);
  return new KrakenProcess('-c', path, '-s', 'monitor');
}

async function statesAt({ client }: SharedMonitor): Promise<readonly string[]> {
  const { text } = await client.post(JSON.stringify({ id: 'i', method: 'info', params: [] }));
  return JSON.parse(text).data.engines.map(({ state }: { readonly state: string }) => state);
}
