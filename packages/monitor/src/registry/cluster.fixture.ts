/** Clusters and engines for tests. */
import type { EngineReport } from '@kraken/protocol';
import { LEARNING_TIME } from '@kraken/protocol';
import { Cluster } from './cluster.js';
import type { PlacementOptions } from './placement.js';

/** When the registry of newCluster() has learnt what there is, ms. */
export const LEARNT = LEARNING_TIME;

export function reportOf(engineId: string, more: Partial<EngineReport> = {}): EngineReport {
  return {
    engineId,
    state: 'serving',
    version: '0.1.0',
    region: 'eu',
    url: `http://${engineId}:7000`,
    publicUrl: `https://${engineId}.example`,
    cpu: 0,
    workers: [0],
    packetsPerSecond: 0,
    participants: 0,
    closedParticipants: 0,
    closedRooms: 0,
    residentBytes: 100e6,
    rooms: [],
    ...more,
  };
}

/** @param engineIds of engines that have just been heard at LEARNT */
export function newCluster(engineIds: readonly string[], more: Partial<PlacementOptions> = {}): Cluster {
  const options = { limits: { load: 0.85, participants: 0 }, nearest: {}, random: seeded(1), ...more };
  const cluster = new Cluster(options, 0);
  for (const now of [0, LEARNT]) {
    for (const engineId of engineIds) cluster.heartbeat(reportOf(engineId), now);
  }
  return cluster;
}

/** Numbers from 0 to 1; mulberry32, a public-domain generator by T. Ettinger. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
