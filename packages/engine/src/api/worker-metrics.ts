/** What operators are told of each media worker, in Prometheus' metrics. */
import { Counter, Gauge, type Registry } from 'prom-client';
import type { WorkerIndex } from '../contract/messages.js';
import type { WorkerStatistics } from '../contract/statistics.js';

/** A media worker as its operator sees it. */
export interface MeteredWorker {
  readonly index: WorkerIndex;
  /** Share of its time, 0 to 1, in which it did not sleep of late. */
  readonly busy: number;
  /** Packets that it sent per second of late. */
  readonly packetsPerSecond: number;
  /** @returns its counters, or null when it does not answer in time */
  statistics(): Promise<WorkerStatistics | null>;
}

/** A worker with what it has answered. */
export interface Reading {
  readonly worker: MeteredWorker;
  readonly statistics: WorkerStatistics | null;
}

interface WorkerMetric {
  readonly type: 'gauge' | 'counter';
  readonly name: string;
  readonly help: string;
  readonly of: (statistics: WorkerStatistics, worker: MeteredWorker) => number;
}

const METRICS: readonly WorkerMetric[] = [
  {
    type: 'gauge',
    name: 'kraken_worker_busy_ratio',
    help: 'Share of its time in which the worker did not sleep of late.',
    of: (_, { busy }) => busy,
  },
  {
    type: 'gauge',
    name: 'kraken_worker_sent_packets_per_second',
    help: 'Packets that the worker handed to its sockets per second of late.',
    of: (_, { packetsPerSecond }) => packetsPerSecond,
  },
  {
    type: 'gauge',
    name: 'kraken_worker_transports',
    help: 'ICE, DTLS and SRTP associations that the worker holds.',
    of: ({ transports }) => transports,
  },
  {
    type: 'gauge',
    name: 'kraken_worker_publications',
    help: 'Streams of its participants that it takes.',
    of: ({ holdings }) => holdings.publications,
  },
  {
    type: 'gauge',
    name: 'kraken_worker_subscriptions',
    help: 'Streams that it sends, one for each participant who hears another.',
    of: ({ holdings }) => holdings.subscriptions,
  },
  {
    type: 'gauge',
    name: 'kraken_worker_relayed_publications',
    help: 'Streams that other workers hand to it.',
    of: ({ holdings }) => holdings.relayed,
  },
  {
    type: 'gauge',
    name: 'kraken_worker_memory_bytes',
    help: 'Memory for keys and packets that is in use.',
    of: ({ holdings }) => holdings.memoryUsed,
  },
  {
    type: 'gauge',
    name: 'kraken_worker_memory_limit_bytes',
    help: 'How much of it there is: when it is used up, nobody else can connect.',
    of: ({ holdings }) => holdings.memorySize,
  },
  {
    type: 'gauge',
    name: 'kraken_worker_heap_bytes',
    help: 'What JavaScript objects of the thread take.',
    of: ({ holdings }) => holdings.heapUsed,
  },
  {
    type: 'counter',
    name: 'kraken_received_packets_total',
    help: 'Packets received, of all protocols.',
    of: ({ packetsIn }) => packetsIn,
  },
  {
    type: 'counter',
    name: 'kraken_received_bytes_total',
    help: 'Octets of these packets.',
    of: ({ octetsIn }) => octetsIn,
  },
  {
    type: 'counter',
    name: 'kraken_sent_packets_total',
    help: 'Packets that the sockets took.',
    of: ({ packetsOut }) => packetsOut,
  },
  {
    type: 'counter',
    name: 'kraken_sent_bytes_total',
    help: 'Octets handed to the sockets, refused packets included.',
    of: ({ octetsOut }) => octetsOut,
  },
  {
    type: 'counter',
    name: 'kraken_recovered_packets_total',
    help: 'Lost packets of publishers that were recovered from the redundancy (RED) of later ones.',
    of: ({ redundancy }) => redundancy.recovered,
  },
  {
    type: 'counter',
    name: 'kraken_redundant_packets_total',
    help: 'Packets sent with redundancy (RED).',
    of: ({ redundancy }) => redundancy.sent,
  },
  {
    type: 'gauge',
    name: 'kraken_redundant_participants',
    help: 'Participants who get redundancy (RED), since they lose many packets.',
    of: ({ redundancy }) => redundancy.subscribers,
  },
];

/** Of a worker that has not answered there is only that. */
export function describeWorkers(registry: Registry, readings: readonly Reading[]): void {
  const registers = [registry];
  const up = new Gauge({
    name: 'kraken_worker_up',
    help: '1 when the media worker answered this scrape, else 0.',
    labelNames: ['worker'],
    registers,
  });
  for (const { worker, statistics } of readings) up.set(labelsOf(worker), statistics === null ? 0 : 1);
  for (const metric of METRICS) describe(registry, metric, readings);
  const drops = new Counter({
    name: 'kraken_dropped_packets_total',
    help: 'Packets that went no further, by reason; ARCHITECTURE.md tells where each one arises.',
    labelNames: ['worker', 'reason'],
    registers,
  });
  const retransmission = new Counter({
    name: 'kraken_retransmissions_total',
    help: 'Packets that are sent again, by event: asked of publishers, sent or refused to subscribers.',
    labelNames: ['worker', 'event'],
    registers,
  });
  for (const { worker, statistics } of readings) {
    if (statistics === null) continue;
    const labels = labelsOf(worker);
    for (const [reason, count] of Object.entries(statistics.drops)) drops.inc({ ...labels, reason }, count);
    for (const [event, count] of Object.entries(statistics.retransmission))
      retransmission.inc({ ...labels, event }, count);
  }
}

function describe(
  registry: Registry,
  { type, name, help, of }: WorkerMetric,
  readings: readonly Reading[],
): void {
  const configuration = { name, help, labelNames: ['worker'], registers: [registry] };
  // Both begin at 0 with each scrape, so that what is added is their value.
  const metric = type === 'gauge' ? new Gauge(configuration) : new Counter(configuration);
  for (const { worker, statistics } of readings) {
    if (statistics !== null) metric.inc(labelsOf(worker), of(statistics, worker));
  }
}

function labelsOf({ index }: MeteredWorker): { readonly worker: string } {
  return { worker: String(index) };
}
