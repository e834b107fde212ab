/** Makes the engine a member of its monitor's cluster. */
import { randomUUID } from 'node:crypto';
import { readVersion } from '@kraken/edge/version';
import type { EngineReport } from '@kraken/protocol';
import type { Logger } from 'pino';
import type { MonitorLink } from '../config/engine-config.js';
import type { EngineInfo } from '../room/signalling.js';
import { ClusterMembership } from './membership.js';
import { ProcessLoad } from './process-load.js';

/** Of the engine's parts what the monitor is told of. */
export interface ReportSources {
  readonly rooms: {
    info(): EngineInfo;
    /** @returns the ids of all rooms */
    rooms(): readonly string[];
    /** Ends rooms that another engine has. */
    closeRooms(rids: readonly string[]): void;
  };
  readonly workers: readonly { readonly busy: number; readonly packetsPerSecond: number }[];
  readonly logger: Logger;
}

/** @returns the membership; from here on the monitor sends rooms */
export function joinCluster(link: MonitorLink, sources: ReportSources): ClusterMembership {
  const { rooms, logger } = sources;
  const now = () => performance.now();
  const engineId = randomUUID();
  const report = reporter(engineId, link, sources, now);
  const closeRooms = (rids: readonly string[]) => rooms.closeRooms(rids);
  const { url, secret } = link;
  const membership = new ClusterMembership({ url, secret, engineId, report, closeRooms, logger, now });
  membership.join();
  return membership;
}

function reporter(
  engineId: string,
  { region, publicUrl, privateUrl }: MonitorLink,
  { rooms, workers }: ReportSources,
  now: () => number,
): () => EngineReport {
  const version = readVersion();
  const load = new ProcessLoad(now());
  return () => {
    const { active_peers, closed_peers, closed_rooms } = rooms.info();
    return {
      engineId,
      state: 'serving',
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
