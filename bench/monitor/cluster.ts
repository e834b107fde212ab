/** A monitor and an engine as users start them, each a process on its core, with rooms that have people in them. */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { writeOffer } from '@kraken/load/sdp';
import { SignallingClient } from '@kraken/load/signalling-client';
import { mediaPorts } from '../sfu/kraken.js';
import { findFreePort, SfuProcess } from '../sfu/sfu-process.js';
import type { MonitorCores } from './cores.js';
import type { Registry, RunningRegistry } from './registry.js';

const ROOMS = 50;
const PARTICIPANTS = 4;
const SECRET = 'bench-secret';
const TURN = '[turn]\nhost = "turn:turn.example.org:3478"\nsecret = "turn-secret"\n';
const READY_TIMEOUT = 20_000;
const POLL_INTERVAL = 50;
/** Of a certificate that nobody has: nobody connects. */
const FINGERPRINT = Array(32).fill('AB').join(':');

export interface ClusterStart {
  /** The repository. */
  readonly root: string;
  /** Where configuration, logs and profiles go. */
  readonly folder: string;
  readonly cores: MonitorCores;
  readonly registry: Registry;
  /** Whether the monitor writes CPU profiles to the folder. */
  readonly profile: boolean;
}

export interface RunningCluster {
  readonly monitorUrl: string;
  readonly monitorPid: number;
  readonly engineUrl: string;
  readonly enginePid: number;
  /** Ids of rooms that people are in. */
  readonly rids: readonly string[];
  /** To be called before each measurement: the engine forgets within a minute who publishes and does not connect. */
  fillRooms(): Promise<void>;
  stop(): Promise<void>;
}

interface Clients {
  readonly monitor: SignallingClient;
  readonly engine: SignallingClient;
}

/** @throws Error with the end of its log when a part does not come up */
export async function startCluster(start: ClusterStart): Promise<RunningCluster> {
  const { folder, cores, registry } = start;
  mkdirSync(folder, { recursive: true });
  const store = await registry.start({ folder, core: cores.engine });
  const monitorUrl = `http://127.0.0.1:${await findFreePort()}/`;
  const engineUrl = `http://127.0.0.1:${await findFreePort()}/`;
  const monitor = await startMonitor(start, monitorUrl, store);
  const engine = await startEngine(start, engineUrl, monitorUrl);
  const clients = { monitor: new SignallingClient(monitorUrl), engine: new SignallingClient(engineUrl) };
  await untilReady(monitorUrl);
  const rids = Array.from({ length: ROOMS }, (_, place) => `bench-room-${place}`);
  return {
    monitorUrl,
    monitorPid: monitor.pid,
    engineUrl,
    enginePid: engine.pid,
    rids,
    fillRooms: () => fillRooms(clients, rids),
    stop: async () => {
      clients.monitor.close();
      clients.engine.close();
      await engine.stop();
      await monitor.stop();
      await store.stop();
    },
  };
}

function startMonitor(start: ClusterStart, url: string, { toml }: RunningRegistry): Promise<SfuProcess> {
  const flags = start.profile ? ['--cpu-prof', `--cpu-prof-dir=${start.folder}`] : [];
  // An engine that others keep busy is never so full that it takes no new rooms, nor are they limited.
  const section = `[monitor]\nlog-level = "warn"\nsecret = "${SECRET}"\nmax-load = 1.0\n`;
  const limits = '[limits]\nnew-rooms-per-second = 1000000\nnew-rooms-burst = 1000000\n';
  return startDaemon(start, 'monitor', start.cores.monitor, url, `${section}${limits}${TURN}${toml}`, flags);
}

function startEngine(start: ClusterStart, url: string, monitorUrl: string): Promise<SfuProcess> {
  const { first, last } = mediaPorts();
  const toml =
    '[engine]\ninterface = "lo"\nlog-level = "warn"\nworkers = 1\n' +
    `port-min = ${first}\nport-max = ${last}\n` +
    `[monitor]\nurl = "${monitorUrl}"\nsecret = "${SECRET}"\npublic-url = "${url}"\n`;
  return startDaemon(start, 'engine', start.cores.engine, url, toml, []);
}

function startDaemon(
  { root, folder }: ClusterStart,
  service: 'monitor' | 'engine',
  core: number,
  url: string,
  toml: string,
  flags: readonly string[],
): Promise<SfuProcess> {
  const configuration = path.join(folder, `${service}.toml`);
  writeFileSync(configuration, `${toml}[rpc]\nhost = "127.0.0.1"\nport = ${new URL(url).port}\n`);
  const program = path.join(root, 'packages/kraken/bin/kraken.mjs');
  return SfuProcess.start({
    name: service,
    command: [process.execPath, ...flags, program, '-c', configuration, '-s', service],
    workingFolder: root,
    folder,
    core,
    isUp: () => isOk(`${url}healthz`),
  });
}

/** A monitor that has just started does not place rooms for some seconds. */
async function untilReady(monitorUrl: string): Promise<void> {
  const deadline = performance.now() + READY_TIMEOUT;
  while (!(await hasRoom(monitorUrl))) {
    if (performance.now() > deadline) throw new Error('the monitor has not become ready');
    await sleep(POLL_INTERVAL);
  }
}

async function hasRoom(monitorUrl: string): Promise<boolean> {
  const response = await fetch(`${monitorUrl}readyz`);
  const answer: unknown = await response.json();
  return typeof answer === 'object' && answer !== null && 'status' in answer && answer.status === 'ready';
}

async function isOk(url: string): Promise<boolean> {
  try {
    const response = await fetch(url);
    await response.body?.cancel();
    return response.ok;
  } catch {
    return false;
  }
}

/**
 * As a client does that asks for its engine first. Joins through the monitor would count as load that is to come, and so
 * many at once leave no room for others.
 */
async function fillRooms({ monitor, engine }: Clients, rids: readonly string[]): Promise<void> {
  for (const rid of rids) {
    await monitor.locate(rid);
    for (let place = 0; place < PARTICIPANTS; place++) {
      const uid = `user-${place}`;
      await engine.publish(rid, uid, offerOf(uid, place));
    }
  }
}

function offerOf(uid: string, place: number): string {
  return writeOffer({
    ufrag: `bench${place}`,
    password: 'aPasswordOfTheBenchmark',
    fingerprint: FINGERPRINT,
    stream: { ssrc: 1000 + place, streamId: uid, trackId: `${uid}-audio` },
    slots: 0,
  });
}
