/** What operators ask of a cluster: `kraken drain` and `kraken cluster status`. */
import { chooseEngine } from './choose-engine.js';
import type { MonitorAccess } from './monitor-access.js';
import { MonitorClient } from './monitor-client.js';
import { statusTable } from './status-table.js';

/**
 * @param named the engine, as chooseEngine() takes it
 * @returns what is printed: the engine drains from its next heartbeat on
 * @throws MonitorError
 */
export async function drainEngine(access: MonitorAccess, named: string): Promise<string> {
  const client = new MonitorClient(access);
  const { engines } = await client.info();
  const { id, url, rooms, participants } = chooseEngine(engines, named);
  await client.drain(id);
  return `engine ${id} at ${url} drains: rooms ${rooms}, participants ${participants}; it ends when it has none\n`;
}

/** @throws MonitorError */
export async function clusterStatus(access: MonitorAccess, asJson: boolean): Promise<string> {
  const info = await new MonitorClient(access).info();
  return asJson ? `${JSON.stringify(info, null, 2)}\n` : statusTable(info.engines);
}
