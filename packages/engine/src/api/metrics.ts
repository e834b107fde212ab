/**
 * What operators are told of the engine, in Prometheus' text exposition format. Labels are few and come from the
 * code: the worker's index, the drop reason, the version. Never a room or a participant.
 */
import type { Logger } from 'pino';
import { Counter, Gauge, Registry } from 'prom-client';
import type { WorkerIndex } from '../contract/messages.js';
import type { WorkerStatistics } from '../contract/statistics.js';
import type { SpeakerFigures } from '../room/rooms.js';
import type { EngineInfo } from '../room/signalling.js';
import { describeProcess } from './process-metrics.js';

/** Version 0.0.4 of the text format. */
export const METRICS_CONTENT_TYPE = Registry.PROMETHEUS_CONTENT_TYPE;

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

export interface MetricsSources {
  readonly version: string;
  readonly workers: readonly MeteredWorker[];
  readonly info: () => EngineInfo;
  readonly speakers: () => SpeakerFigures;
  /** Adds what others know to a scrape. */
  readonly describeMore: (registry: Registry) => void;
  readonly logger: Logger;
}

/** A worker with what it has answered. */
interface Reading {
  readonly worker: MeteredWorker;
  readonly statistics: WorkerStatistics | null;
}

/** Keeps nothing between scrapes: each one reads the sources anew, and nothing runs while nobody asks. */
export class Metrics {
  readonly #sources: MetricsSources;
  #scrape: Promise<string> | null = null;

  constructor(sources: MetricsSources) {
    this.#sources = sources;
  }

  /**
   * Scrapes that come while one is under way share its answer, so that the workers are asked once for all of them.
   * @returns the text of all metrics
   */
  text(): Promise<string> {
    this.#scrape ??= this.#read().finally(() => {
      this.#scrape = null;
    });
    return this.#scrape;
  }

  async #read(): Promise<string> {
    const { version, workers, info, speakers, describeMore, logger } = this.#sources;
    const readings = await Promise.all(
      workers.map(async (worker): Promise<Reading> => ({ worker, statistics: await worker.statistics() })),
    );
    for (const { worker, statistics } of readings) {
      if (statistics === null)
        logger.warn({ worker: worker.index }, 'media worker did not answer in time, left out of the metrics');
    }
    const registry = new Registry();
    describeBuild(registry, version);
    describeProcess(registry);
    describeRooms(registry, info());
    describeSpeakers(registry, speakers());
    describeWorkers(registry, readings);
    describeMore(registry);
    return registry.metrics();
  }
}

function describeBuild(registry: Registry, version: string): void {
  const build = new Gauge({
    name: 'kraken_build_info',
    help: 'Always 1; the labels tell which engine this is.',
    labelNames: ['version', 'node'],
    registers: [registry],
  });
  build.set({ version, node: process.version }, 1);
}

function describeRooms(registry: Registry, info: EngineInfo): void {
  const registers = [registry];
  new Gauge({ name: 'kraken_rooms', help: 'Rooms that have participants.', registers }).set(
    info.active_rooms,
  );
  new Gauge({ name: 'kraken_participants', help: 'Participants of all rooms.', registers }).set(
    info.active_peers,
  );
  new Counter({ name: 'kraken_closed_rooms_total', help: 'Rooms that ended.', registers }).inc(
    info.closed_rooms,
  );
  new Counter({ name: 'kraken_closed_participants_total', help: 'Participants that left.', registers }).inc(
    info.closed_peers,
  );
}

function describeSpeakers(registry: Registry, { limitedRooms, speakers, switches }: SpeakerFigures): void {
  const registers = [registry];
  new Gauge({
    name: 'kraken_limited_rooms',
    help: 'Rooms of which only the loudest participants are forwarded.',
    registers,
  }).set(limitedRooms);
  new Gauge({
    name: 'kraken_seated_participants',
    help: 'Participants who are forwarded as the loudest of their rooms, to everybody or on fixed slots.',
    registers,
  }).set(speakers);
  new Counter({
    name: 'kraken_speaker_switches_total',
    help: 'How often a participant became one of those.',
    registers,
  }).inc(switches);
}

/** Of a worker that has not answered there is only that. */
function describeWorkers(registry: Registry, readings: readonly Reading[]): void {
  const gauge = (name: string, help: string) =>
    new Gauge({ name, help, labelNames: ['worker'], registers: [registry] });
  const counter = (name: string, help: string) =>
    new Counter({ name, help, labelNames: ['worker'], registers: [registry] });
  const up = gauge('kraken_worker_up', '1 when the media worker answered this scrape, else 0.');
  const busy = gauge(
    'kraken_worker_busy_ratio',
    'Share of its time in which the worker did not sleep of late.',
  );
  const rate = gauge(
    'kraken_worker_sent_packets_per_second',
    'Packets that the worker handed to its sockets per second of late.',
  );
  const transports = gauge(
    'kraken_worker_transports',
    'ICE, DTLS and SRTP associations that the worker holds.',
  );
  const publications = gauge('kraken_worker_publications', 'Streams of its participants that it takes.');
  const subscriptions = gauge(
    'kraken_worker_subscriptions',
    'Streams that it sends, one for each participant who hears another.',
  );
  const relayed = gauge('kraken_worker_relayed_publications', 'Streams that other workers hand to it.');
  const memory = gauge('kraken_worker_memory_bytes', 'Memory for keys and packets that is in use.');
  const memoryLimit = gauge(
    'kraken_worker_memory_limit_bytes',
    'How much of it there is: when it is used up, nobody else can connect.',
  );
  const heap = gauge('kraken_worker_heap_bytes', 'What JavaScript objects of the thread take.');
  const packetsIn = counter('kraken_received_packets_total', 'Packets received, of all protocols.');
  const octetsIn = counter('kraken_received_bytes_total', 'Octets of these packets.');
  const packetsOut = counter('kraken_sent_packets_total', 'Packets that the sockets took.');
  const octetsOut = counter(
    'kraken_sent_bytes_total',
    'Octets handed to the sockets, refused packets included.',
  );
  const recovered = counter(
    'kraken_recovered_packets_total',
    'Lost packets of publishers that were recovered from the redundancy (RED) of later ones.',
  );
  const redundant = counter('kraken_redundant_packets_total', 'Packets sent with redundancy (RED).');
  const redundantParticipants = gauge(
    'kraken_redundant_participants',
    'Participants who get redundancy (RED), since they lose many packets.',
  );
  const drops = new Counter({
    name: 'kraken_dropped_packets_total',
    help: 'Packets that went no further, by reason; ARCHITECTURE.md tells where each one arises.',
    labelNames: ['worker', 'reason'],
    registers: [registry],
  });
  const retransmission = new Counter({
    name: 'kraken_retransmissions_total',
    help: 'Packets that are sent again, by event: asked of publishers, sent or refused to subscribers.',
    labelNames: ['worker', 'event'],
    registers: [registry],
  });
  for (const { worker, statistics } of readings) {
    const labels = { worker: String(worker.index) };
    up.set(labels, statistics === null ? 0 : 1);
    if (statistics === null) continue;
    busy.set(labels, worker.busy);
    rate.set(labels, worker.packetsPerSecond);
    transports.set(labels, statistics.transports);
    const { holdings } = statistics;
    publications.set(labels, holdings.publications);
    subscriptions.set(labels, holdings.subscriptions);
    relayed.set(labels, holdings.relayed);
    memory.set(labels, holdings.memoryUsed);
    memoryLimit.set(labels, holdings.memorySize);
    heap.set(labels, holdings.heapUsed);
    packetsIn.inc(labels, statistics.packetsIn);
    octetsIn.inc(labels, statistics.octetsIn);
    packetsOut.inc(labels, statistics.packetsOut);
    octetsOut.inc(labels, statistics.octetsOut);
    recovered.inc(labels, statistics.redundancy.recovered);
    redundant.inc(labels, statistics.redundancy.sent);
    redundantParticipants.set(labels, statistics.redundancy.subscribers);
    for (const [reason, count] of Object.entries(statistics.drops)) drops.inc({ ...labels, reason }, count);
    for (const [event, count] of Object.entries(statistics.retransmission))
      retransmission.inc({ ...labels, event }, count);
  }
}
