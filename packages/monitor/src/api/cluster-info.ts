/** What `info` tells of a cluster: an engine's sums over all engines, and a row for each. */
import type { InfoResult } from '@kraken/protocol';
import type { EngineEntry } from '../registry/engine-entry.js';

export interface EngineRow {
  readonly id: string;
  readonly url: string;
  readonly region: string;
  readonly version: string;
  readonly state: 'serving' | 'draining' | 'silent';
  /** Share of what it has, 0 to 1; newcomers are counted in. */
  readonly load: number;
  readonly rooms: number;
  readonly participants: number;
  readonly resident_bytes: number;
}

export interface ClusterInfo extends InfoResult {
  readonly engines: readonly EngineRow[];
}

/** @param now ms, monotonic */
export function clusterInfo(engines: readonly EngineEntry[], now: number): ClusterInfo {
  const sum = (value: (engine: EngineEntry) => number) =>
    engines.reduce((total, engine) => total + value(engine), 0);
  return {
    updated_at: new Date().toISOString(),
    active_peers: sum(({ report }) => report.participants),
    closed_peers: sum(({ report }) => report.closedParticipants),
    active_rooms: sum(({ report }) => report.roomCount),
    closed_rooms: sum(({ report }) => report.closedRooms),
    engines: engines.map((engine) => rowOf(engine, now)),
  };
}

function rowOf(engine: EngineEntry, now: number): EngineRow {
  const { engineId, publicUrl, region, version, roomCount, participants, residentBytes } = engine.report;
  return {
    id: engineId,
    url: publicUrl,
    region,
    version,
    state: stateOf(engine, now),
    load: Number(engine.load(now).toFixed(3)),
    rooms: roomCount,
    participants,
    resident_bytes: residentBytes,
  };
}

function stateOf(engine: EngineEntry, now: number): EngineRow['state'] {
  if (!engine.isAlive(now)) return 'silent';
  return engine.isDraining ? 'draining' : 'serving';
}
