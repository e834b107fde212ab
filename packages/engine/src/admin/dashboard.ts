/** What the operator is shown of the engine: put together from what is sampled and from what the rooms tell. */
import { availableParallelism } from 'node:os';
import type { Logger } from 'pino';
import { ProcessLoad } from '../cluster/process-load.js';
import type { OperatedParticipant, OperatedRoom, RoomOperator } from '../room/operator.js';
import type { RoomObserver } from '../room/room-observer.js';
import { History, type HistoryAnswer, type Merging } from './history.js';
import { JoinTimes, type Percentiles } from './join-times.js';
import { type ParticipantQuality, QualityMeter } from './link-quality.js';
import { NetworkHistograms } from './network-histograms.js';
import { networkPercentiles } from './network-percentiles.js';
import type { WatchedWorker, WorkerReading } from './reading.js';
import {
  type AttentionRow,
  describeRoom,
  listRooms,
  needAttention,
  type RoomPage,
  type RoomQuery,
  type RoomView,
  worstLossOf,
} from './room-views.js';
import { Sampler } from './sampler.js';
import { type DropRate, perSecond, type Traffic, TrafficMeter } from './traffic.js';

/** Of how long ago the joins are whose times are shown, ms. */
export const JOIN_WINDOW = 60_000;
/** Losses, 0 to 1, above which participants are counted. */
export const LOSS_THRESHOLDS = [0.02, 0.05, 0.1] as const;
const MILLISECONDS_PER_SECOND = 1_000;

const SERIES: readonly (readonly [name: string, merging: Merging])[] = [
  ['packetsIn', 'mean'],
  ['packetsOut', 'mean'],
  ['bitsIn', 'mean'],
  ['bitsOut', 'mean'],
  ['dropped', 'mean'],
  ['cpu', 'mean'],
  ['memory', 'maximum'],
  ['joins', 'mean'],
  ['connectedP50', 'maximum'],
  ['connectedP95', 'maximum'],
  ['connectedP99', 'maximum'],
  ['mediaP50', 'maximum'],
  ['mediaP95', 'maximum'],
  ['mediaP99', 'maximum'],
  ['rooms', 'maximum'],
  ['participants', 'maximum'],
  ['publishing', 'maximum'],
  ['speaking', 'maximum'],
  ['lossy', 'maximum'],
  ['uplinkLossP95', 'mean'],
  ['downlinkLossP95', 'mean'],
  ['roundTripP50', 'mean'],
  ['roundTripP95', 'mean'],
];

export interface DashboardOptions {
  readonly version: string;
  readonly workers: readonly WatchedWorker[];
  readonly control: { readonly operator: RoomOperator; observe(observer: RoomObserver): void };
  /** Whether the engine takes no new rooms, since it is going to end. */
  readonly isDraining: () => boolean;
  /** How many live sockets are open. */
  readonly sockets: () => number;
  readonly logger: Logger;
  /** ms, monotonic */
  readonly now: () => number;
}

/** How many participants there are of each kind. */
export interface Census {
  readonly rooms: number;
  readonly participants: number;
  readonly connected: number;
  readonly publishing: number;
  readonly speaking: number;
  readonly muted: number;
  readonly silenced: number;
  /** Live sockets that are open. */
  readonly sockets: number;
}

/** Participants that lose more than a threshold, 0 to 1, each way. */
export interface LossCount {
  readonly threshold: number;
  readonly uplink: number;
  readonly downlink: number;
}

export interface WorkerView {
  readonly index: number;
  readonly isAvailable: boolean;
  readonly busy: number;
  readonly packetsPerSecond: number;
  readonly transports: number;
}

export interface Overview {
  readonly engine: {
    readonly version: string;
    readonly state: 'serving' | 'draining';
    /** s */
    readonly uptime: number;
  };
  readonly census: Census;
  /** Null before there is an interval. */
  readonly traffic: Traffic | null;
  readonly drops: readonly DropRate[];
  readonly workers: readonly WorkerView[];
  readonly process: {
    /** Share of all cores, 0 to 1. */
    readonly cpu: number;
    readonly cores: number;
    readonly residentBytes: number;
  };
  readonly joins: {
    readonly perSecond: number;
    /** Since the start. */
    readonly total: number;
    /** Since the start: given up before they were connected. */
    readonly failed: number;
    /** Of the last minute, ms. */
    readonly untilConnected: Percentiles;
    readonly untilMedia: Percentiles;
  };
  readonly loss: readonly LossCount[];
  readonly attention: readonly AttentionRow[];
}

interface ProcessFigures {
  readonly cpu: number;
  readonly residentBytes: number;
  readonly joinsPerSecond: number;
}

export class Dashboard {
  readonly joins: JoinTimes;
  readonly networks = new NetworkHistograms();
  readonly #options: DashboardOptions;
  readonly #sampler: Sampler;
  readonly #history: History;
  readonly #traffic = new TrafficMeter();
  readonly #quality = new QualityMeter();
  readonly #load: ProcessLoad;
  #process: ProcessFigures;
  #sampledAt: number;
  #sampledJoins = 0;

  constructor(options: DashboardOptions) {
    const { workers, control, logger, now } = options;
    this.#options = options;
    this.joins = new JoinTimes(now);
    control.observe(this.joins);
    const busy = workers.map(({ index }): [string, Merging] => [busySeries(index), 'mean']);
    this.#history = new History(new Map([...SERIES, ...busy]), now());
    this.#load = new ProcessLoad(now());
    this.#process = { cpu: 0, residentBytes: process.memoryUsage.rss(), joinsPerSecond: 0 };
    this.#sampledAt = now();
    this.#sampler = new Sampler({
      workers,
      take: (readings) => this.#take(readings),
      onError: (error) => logger.error({ err: error }, 'the dashboard could not take a sample'),
      now,
    });
  }

  /** @returns when the media workers have answered for the first time */
  start(): Promise<void> {
    return this.#sampler.start();
  }

  stop(): void {
    this.#sampler.stop();
  }

  /** Somebody looks. @returns when there is something fresh to be seen */
  watch(): Promise<void> {
    return this.#sampler.watch();
  }

  overview(): Overview {
    const { version, workers, isDraining, sockets, now } = this.#options;
    const rooms = this.#rooms();
    const { cpu, residentBytes, joinsPerSecond } = this.#process;
    const since = now() - JOIN_WINDOW;
    return {
      engine: {
        version,
        state: isDraining() ? 'draining' : 'serving',
        uptime: process.uptime(),
      },
      census: censusOf(rooms, sockets()),
      traffic: this.#traffic.traffic,
      drops: this.#traffic.drops,
      workers: workers.map(describeWorker),
      process: { cpu, cores: availableParallelism(), residentBytes },
      joins: {
        perSecond: joinsPerSecond,
        total: this.joins.joins,
        failed: this.joins.failures,
        untilConnected: this.joins.untilConnected.percentiles(since),
        untilMedia: this.joins.untilMedia.percentiles(since),
      },
      loss: this.#lossCounts(rooms),
      attention: needAttention(rooms, this.#qualityOf),
    };
  }

  /** @param minutes how far back */
  history(minutes: number): HistoryAnswer {
    return this.#history.read(minutes, this.#options.now());
  }

  rooms(query: RoomQuery): RoomPage {
    return listRooms(this.#rooms(), this.#qualityOf, query);
  }

  /** @returns null when there is no such room */
  room(rid: string): RoomView | null {
    const room = this.#rooms().find((candidate) => candidate.rid === rid);
    return room === undefined ? null : describeRoom(room, this.#qualityOf);
  }

  census(): Census {
    return censusOf(this.#rooms(), this.#options.sockets());
  }

  lossCounts(): readonly LossCount[] {
    return this.#lossCounts(this.#rooms());
  }

  #rooms(): readonly OperatedRoom[] {
    return this.#options.control.operator.rooms();
  }

  readonly #qualityOf = ({ worker, transportId }: OperatedParticipant): ParticipantQuality =>
    this.#quality.of(worker, transportId);

  #lossCounts(rooms: readonly OperatedRoom[]): readonly LossCount[] {
    const qualities = rooms.flatMap(({ participants }) => participants.map(this.#qualityOf));
    return LOSS_THRESHOLDS.map((threshold) => ({
      threshold,
      uplink: qualities.filter(({ uplink }) => (uplink.loss ?? 0) > threshold).length,
      downlink: qualities.filter(({ downlink }) => (downlink.loss ?? 0) > threshold).length,
    }));
  }

  #take(readings: readonly WorkerReading[]): void {
    const now = this.#options.now();
    const seconds = (now - this.#sampledAt) / MILLISECONDS_PER_SECOND;
    this.#traffic.take(readings);
    this.#quality.take(readings);
    for (const quality of this.#quality.all()) this.networks.add(quality);
    this.#process = {
      cpu: this.#load.read(now),
      residentBytes: process.memoryUsage.rss(),
      joinsPerSecond: perSecond(this.joins.joins, this.#sampledJoins, seconds),
    };
    this.#sampledAt = now;
    this.#sampledJoins = this.joins.joins;
    this.#remember(now);
  }

  #remember(now: number): void {
    const rooms = this.#rooms();
    const { cpu, residentBytes, joinsPerSecond } = this.#process;
    const connected = this.joins.untilConnected.percentiles(now - JOIN_WINDOW);
    const media = this.joins.untilMedia.percentiles(now - JOIN_WINDOW);
    const { participants, publishing, speaking } = censusOf(rooms, this.#options.sockets());
    this.#history.add(
      {
        ...this.#traffic.traffic,
        cpu,
        memory: residentBytes,
        joins: joinsPerSecond,
        connectedP50: connected.p50,
        connectedP95: connected.p95,
        connectedP99: connected.p99,
        mediaP50: media.p50,
        mediaP95: media.p95,
        mediaP99: media.p99,
        rooms: rooms.length,
        participants,
        publishing,
        speaking,
        lossy: this.#countLossy(rooms),
        ...networkPercentiles(this.#quality.all()),
        ...Object.fromEntries(this.#options.workers.map(({ index, busy }) => [busySeries(index), busy])),
      },
      now,
    );
  }

  #countLossy(rooms: readonly OperatedRoom[]): number {
    const isLossy = (participant: OperatedParticipant) =>
      (worstLossOf(this.#qualityOf(participant)) ?? 0) > LOSS_THRESHOLDS[0];
    return rooms.reduce((sum, { participants }) => sum + participants.filter(isLossy).length, 0);
  }
}

function busySeries(index: number): string {
  return `busy${index}`;
}

function describeWorker({
  index,
  isAvailable,
  busy,
  packetsPerSecond,
  transports,
}: WatchedWorker): WorkerView {
  return { index, isAvailable, busy, packetsPerSecond, transports };
}

function censusOf(rooms: readonly OperatedRoom[], sockets: number): Census {
  const all = rooms.flatMap(({ participants }) => participants);
  const count = (is: (participant: OperatedParticipant) => boolean) => all.filter(is).length;
  return {
    rooms: rooms.length,
    participants: all.length,
    connected: count(({ connected }) => connected),
    publishing: count(({ publishing }) => publishing),
    speaking: count(({ speaking }) => speaking),
    muted: count(({ muted }) => muted),
    silenced: count(({ silenced }) => silenced),
    sockets,
  };
}
