/** Makes the engine a member of its monitor's cluster. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { readVersion } from '@kraken/edge/version';
import type { EngineReport } from '@kraken/protocol';
import type { Logger } from 'pino';
import type { MonitorLink } from '../config/engine-config.js';
import type { EngineInfo } from '../room/signalling.js';
import type { Announcer } from './announcer.js';
import { Drain, type DrainOptions } from './drain.js';
import { HttpAnnouncer } from './http-announcer.js';
import { ClusterMembership } from './membership.js';
import { ProcessLoad } from './process-load.js';

/** Of the engine's parts what the monitor is told of. */
export interface ReportSources {
  readonly rooms: {
    info(): EngineInfo;
  } & DrainOptions['rooms'];
  readonly workers: readonly { readonly busy: number; readonly packetsPerSecond: number }[];
  /** Called when the engine begins to drain. */
  readonly onDrain: () => void;
  readonly logger: Logger;
}

/** The engine's place in the cluster. */
export interface ClusterPlace {
  readonly membership: ClusterMembership;
  readonly drain: Drain;
}

/** @returns the place; from here on the monitors send rooms */
export async function joinCluster(link: MonitorLink, sources: ReportSources): Promise<ClusterPlace> {
  const { rooms, logger } = sources;
  const now = () => performance.now();
  const engineId = randomUUID();
  const report = reporter(engineId, link, sources, now, () => drain.isUnderWay);
  const membership = new ClusterMembership({
    announcer: await announcerOf(link, logger, () => membership.hurry()),
    engineId,
    report,
    closeRooms: (rids) => rooms.closeRooms(rids),
    drain: () => drain.begin(),
    logger,
    now,
    random: Math.random,
  });
  const drain = new Drain({
    rooms,
    membership,
    limit: link.drainLimit,
    onBegin: sources.onDrain,
    logger,
    now,
    sleep: sleepUntilAborted,
  });
  membership.join();
  return { membership, drain };
}

async function announcerOf(link: MonitorLink, logger: Logger, onEstablished: () => void): Promise<Announcer> {
  const { url, redis, secret } = link;
  if (redis === null) return new HttpAnnouncer(url, secret);
  // Only here, since it would cost every engine memory and time at its start.
  const { RedisAnnouncer } = await import('./redis-announcer.js');
  return new RedisAnnouncer({ url: redis, secret, onEstablished, logger });
}

async function sleepUntilAborted(time: number, signal: AbortSignal): Promise<void> {
  await sleep(time, undefined, { signal }).catch(() => {});
}

function reporter(
  engineId: string,
  { region, publicUrl, privateUrl }: MonitorLink,
  { rooms, workers }: ReportSources,
  now: () => number,
  isDraining: () => boolean,
): () => EngineReport {
  const version = readVersion();
  const load = new ProcessLoad(now());
  return () => {
    const { active_peers, closed_peers, closed_rooms } = rooms.info();
    return {
      engineId,
      state: isDraining() ? 'draining' : 'serving',
      version,
      region,
      url: privateUrl,
      publicUrl,
      cpu: load.read(now()),
      workers: workers.map(({ busy }) => busy),
      packetsPerSecond: workers.reduce((sum, worker) => sum + worker.packetsPerSecond, 0),
      participants: active_peers,
      closedParticipants: closed_peers,
      closedRooms: closed_rooms,
      residentBytes: process.memoryUsage.rss(),
      rooms: rooms.rooms(),
    };
  };
}
