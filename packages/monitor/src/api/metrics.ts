/** What operators are told of the cluster, in Prometheus' text exposition format. One label names an engine by its public URL. */

import type { Gate } from '@kraken/edge/gate/gate';
import { describeVitals } from '@kraken/edge/watchdog/vital-metrics';
import type { ProcessVitals } from '@kraken/edge/watchdog/vitals';
import { type EngineSummary, RPC_ERRORS } from '@kraken/protocol';
import { Counter, Gauge, Registry } from 'prom-client';
import type { Registry as ClusterRegistry } from '../registry/registry.js';

/** Version 0.0.4 of the text format. */
export const METRICS_CONTENT_TYPE = Registry.PROMETHEUS_CONTENT_TYPE;
const MICROSECONDS_PER_SECOND = 1e6;

/** Keeps nothing between scrapes. @param now ms, monotonic */
export function describeCluster(
  cluster: ClusterRegistry,
  { refusals, unfinished }: Gate,
  vitals: ProcessVitals,
  now: number,
): Promise<string> {
  const registry = new Registry();
  describeVitals(registry, vitals);
  const registers = [registry];
  const refused = new Counter({
    name: 'kraken_monitor_refused_requests_total',
    help: 'Requests, connections and live sockets that were refused before they were a call, by reason.',
    labelNames: ['reason'],
    registers,
  });
  for (const [reason, count] of refusals.requests) refused.inc({ reason }, count);
  new Counter({
    name: 'kraken_monitor_refused_calls_total',
    help: 'Calls that were refused unread, since too many came from their address.',
    registers,
  }).inc(refusals.calls.get(RPC_ERRORS.TOO_MANY_CALLS.code) ?? 0);
  new Gauge({
    name: 'kraken_monitor_unfinished_bytes',
    help: 'What is held of bodies and messages that are not whole yet.',
    registers,
  }).set(unfinished);
  const { user, system } = process.cpuUsage();
  new Counter({
    name: 'process_cpu_seconds_total',
    help: 'CPU time of all threads, user and system.',
    registers,
  }).inc((user + system) / MICROSECONDS_PER_SECOND);
  new Gauge({ name: 'process_resident_memory_bytes', help: 'Resident memory.', registers }).set(
    process.memoryUsage.rss(),
  );
  new Gauge({ name: 'kraken_cluster_rooms', help: 'Rooms that have an engine.', registers }).set(
    cluster.roomCount,
  );
  new Gauge({
    name: 'kraken_monitor_registry_up',
    help: '1 when the registry answers, else 0.',
    registers,
  }).set(cluster.status === 'the registry is gone' || cluster.status === 'the registry is silent' ? 0 : 1);
  const gauge = (name: string, help: string) => new Gauge({ name, help, labelNames: ['engine'], registers });
  const up = gauge('kraken_cluster_engine_up', '1 when the engine was heard of late, else 0.');
  const draining = gauge('kraken_cluster_engine_draining', '1 when the engine takes no new rooms, else 0.');
  const load = gauge(
    'kraken_cluster_engine_load_ratio',
    'The busiest of process and media workers, and what newcomers will add.',
  );
  const values: readonly [Gauge<'engine'>, (report: EngineSummary) => number][] = [
    [gauge('kraken_cluster_engine_participants', 'Participants.'), ({ participants }) => participants],
    [gauge('kraken_cluster_engine_rooms', 'Rooms that the engine reports.'), ({ roomCount }) => roomCount],
    [
      gauge('kraken_cluster_engine_packets_per_second', 'Packets that it sends.'),
      ({ packetsPerSecond }) => packetsPerSecond,
    ],
  ];
  for (const engine of cluster.engines) {
    const labels = { engine: engine.report.publicUrl };
    up.set(labels, engine.isAlive(now) ? 1 : 0);
    draining.set(labels, engine.isDraining ? 1 : 0);
    load.set(labels, engine.load(now));
    for (const [metric, value] of values) metric.set(labels, value(engine.report));
  }
  return registry.metrics();
}
