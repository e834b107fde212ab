/**
 * What operators are told of the engine, in Prometheus' text exposition format. Labels are few and come from the
 * code: the worker's index, the drop reason, the version. Never a room or a participant.
 */
import type { Logger } from 'pino';
import { Counter, Gauge, Registry } from 'prom-client';
import type { JoinFigures } from '../room/pending-joins.js';
import type { SpeakerFigures } from '../room/rooms.js';
import type { EngineInfo } from '../room/signalling.js';
import { describeProcess } from './process-metrics.js';
import { describeWorkers, type MeteredWorker, type Reading } from './worker-metrics.js';

/** Version 0.0.4 of the text format. */
export const METRICS_CONTENT_TYPE = Registry.PROMETHEUS_CONTENT_TYPE;

export interface MetricsSources {
  readonly version: string;
  readonly workers: readonly MeteredWorker[];
  readonly info: () => EngineInfo;
  readonly speakers: () => SpeakerFigures;
  readonly joins: () => JoinFigures;
  /** Adds what others know to a scrape. */
  readonly describeMore: (registry: Registry) => void;
  readonly logger: Logger;
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
    const { version, workers, info, speakers, joins, describeMore, logger } = this.#sources;
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
    describeJoins(registry, joins());
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

function describeJoins(registry: Registry, { pending, refused }: JoinFigures): void {
  const registers = [registry];
  new Gauge({
    name: 'kraken_pending_joins',
    help: 'Participants that have published and are not connected yet.',
    registers,
  }).set(pending);
  const counter = new Counter({
    name: 'kraken_refused_joins_total',
    help: 'Participants that were not let in since too many were about to connect, by what it was too many of.',
    labelNames: ['limit'],
    registers,
  });
  for (const [limit, count] of Object.entries(refused)) counter.inc({ limit }, count);
}
