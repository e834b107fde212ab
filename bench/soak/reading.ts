/** What an engine holds at one time, by its metrics and by what the kernel tells of its process. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { type EngineMemory, engineMemoryOf, sumsOf } from '../engine-memory.js';
import { readProcessUsage } from '../process-usage.js';

/** States of a TCP socket in /proc/net/tcp that are no connection any longer, or never were: TIME_WAIT and LISTEN. */
const NO_CONNECTION = new Set(['06', '0A']);
/** As long as the watchdog gives a thread. */
const TIMEOUT_MS = 60_000;

export interface Reading extends EngineMemory {
  /** s since the soak began */
  readonly at: number;
  readonly cpuSeconds: number;
  readonly threads: number;
  /** Until /healthz was answered, ms: what stands before it in the event loop. */
  readonly answeredIn: number;
  readonly connections: number;
  /** Open files and sockets but connections to the API. */
  readonly descriptors: number;
  /** What keeps the event loop of calls going, but such connections. */
  readonly resources: number;
  readonly rooms: number;
  readonly participants: number;
  readonly sockets: number;
  readonly transports: number;
  readonly publications: number;
  readonly subscriptions: number;
  readonly relayed: number;
  readonly joins: number;
  readonly callsRefused: number;
  readonly packetsDropped: number;
}

/** @param startedAt ms, by performance.now() */
export async function takeReading(url: string, pid: number, startedAt: number): Promise<Reading> {
  const asked = performance.now();
  await ask(url, '/healthz');
  const answeredIn = performance.now() - asked;
  const text = await ask(url, '/metrics');
  const sums = sumsOf(text);
  const of = (name: string) => sums.get(name) ?? 0;
  const { cpuSeconds, threads, residentBytes } = readProcessUsage(pid);
  const connections = countConnections(pid, Number(new URL(url).port));
  return {
    at: (performance.now() - startedAt) / 1000,
    cpuSeconds,
    threads: threads.length,
    ...engineMemoryOf(sums, residentBytes),
    answeredIn,
    connections,
    descriptors: readdirSync(`/proc/${pid}/fd`).length - connections,
    resources: of('nodejs_active_resources') - resourcesOf(text, 'TCPSocketWrap'),
    rooms: of('kraken_rooms'),
    participants: of('kraken_participants'),
    sockets: of('kraken_sockets'),
    transports: of('kraken_worker_transports'),
    publications: of('kraken_worker_publications'),
    subscriptions: of('kraken_worker_subscriptions'),
    relayed: of('kraken_worker_relayed_publications'),
    joins: of('kraken_joins_total'),
    callsRefused: of('kraken_refused_calls_total'),
    packetsDropped: of('kraken_dropped_packets_total'),
  };
}

function resourcesOf(text: string, type: string): number {
  return Number(new RegExp(`^nodejs_active_resources\\{type="${type}"\\} (\\d+)$`, 'm').exec(text)?.[1] ?? 0);
}

async function ask(url: string, path: string): Promise<string> {
  const response = await fetch(new URL(path, url), {
    headers: { connection: 'close' },
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  return response.text();
}

/** @returns sockets of the process that are connections to its port */
function countConnections(pid: number, port: number): number {
  const inodes = new Set<string>();
  for (const table of ['tcp', 'tcp6']) {
    for (const line of readFileSync(`/proc/net/${table}`, 'utf8').split('\n').slice(1)) {
      const [, local = '', , state = '', , , , , , inode = '0'] = line.trim().split(/\s+/);
      const isConnection =
        Number.parseInt(local.split(':')[1] ?? '', 16) === port && !NO_CONNECTION.has(state);
      if (isConnection && inode !== '0') inodes.add(inode);
    }
  }
  let count = 0;
  for (const descriptor of readdirSync(`/proc/${pid}/fd`)) {
    const inode = /^socket:\[(\d+)\]$/.exec(targetOf(pid, descriptor))?.[1];
    if (inode !== undefined && inodes.has(inode)) count++;
  }
  return count;
}

/** It may have been closed meanwhile. */
function targetOf(pid: number, descriptor: string): string {
  try {
    return readlinkSync(`/proc/${pid}/fd/${descriptor}`);
  } catch {
    return '';
  }
}
