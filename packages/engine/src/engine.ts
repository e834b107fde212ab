/** Assembles the engine: media workers, control plane, HTTP server. */
import { randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { demandsTokens } from '@kraken/edge/auth/auth-config';
import { Callers } from '@kraken/edge/auth/callers';
import { sayWhoMayCall } from '@kraken/edge/auth/say-who-may-call';
import { Gate } from '@kraken/edge/gate/gate';
import { MonitorCheck } from '@kraken/edge/gate/monitor-proof';
import { RefusalCounts } from '@kraken/edge/gate/refusal-counts';
import { TrustedProxies } from '@kraken/edge/gate/trusted-proxies';
import { Certificate } from '@kraken/edge/http/certificate';
import { type HttpAddress, listen } from '@kraken/edge/http/listen';
import { readStaticPage } from '@kraken/edge/http/static-page';
import { serveDocument } from '@kraken/edge/openapi/serve-document';
import { turnServers } from '@kraken/edge/turn/turn-credentials';
import { readVersion } from '@kraken/edge/version';
import { describeVitals } from '@kraken/edge/watchdog/vital-metrics';
import { NO_VITALS, type ProcessVitals } from '@kraken/edge/watchdog/vitals';
import { SOCKET_OPENS_ROOM_FOR } from '@kraken/protocol';
import type { Logger } from 'pino';
import { prepareAdmin } from './admin/prepare-admin.js';
import { describeEngine } from './api/description.js';
import { describeCertificate, describeGate } from './api/edge-metrics.js';
import { buildHttpServer } from './api/http-server.js';
import { Metrics } from './api/metrics.js';
import { addReadiness } from './api/readiness.js';
import { Callbacks } from './callback/callbacks.js';
import { type ClusterPlace, joinCluster } from './cluster/join-cluster.js';
import type { EngineConfig } from './config/engine-config.js';
import type { MediaAddress } from './contract/messages.js';
import type { WorkerStatistics } from './contract/statistics.js';
import { LiveRooms } from './live/live-rooms.js';
import { LiveServer } from './live/live-server.js';
import { type GeneratedCertificate, generateCertificate } from './media/dtls/certificate.js';
import { generateIceCredentials } from './media/ice/ice-credentials.js';
import { startWorkers, stopWorkers, type WorkerListeners } from './media-workers.js';
import { ControlPlane, type ControlPlaneOptions } from './room/control-plane.js';
import { type SpawnWorker, spawnMediaWorker, type WorkerHandle } from './worker-handle.js';

export interface EngineStatistics {
  /** One for each worker, null for one that did not answer in time. */
  readonly workers: readonly (WorkerStatistics | null)[];
}

export interface RunningEngine {
  /** What a user of this machine opens in a browser. */
  readonly url: string;
  readonly httpAddress: HttpAddress;
  /** Where media is taken, as announced to clients. */
  readonly mediaAddresses: readonly MediaAddress[];
  /** Settles, with the reason in one line, when the engine cannot go on and has to be closed. */
  readonly failed: Promise<string>;
  statistics(): Promise<EngineStatistics>;
  /** Settles when the engine has drained, by drain() or because the monitor asked for it: it is to be closed then. */
  readonly drained: Promise<void>;
  /**
   * Begins to end without breaking off calls.
   * @returns false when there is no cluster that could take them: then it can be closed at once
   */
  drain(): boolean;
  /** Stops taking calls, then media. */
  close(): Promise<void>;
}

/**
 * @param config checked configuration
 * @param logger takes one line per event
 * @param spawn starts a media worker's thread
 * @param vitals tells how the process fares, and watches the workers' threads
 * @returns the engine, taking calls and media
 * @throws ConfigurationError, StartError: one line that names the key and the value at fault
 */
export async function startEngine(
  config: EngineConfig,
  logger: Logger,
  spawn: SpawnWorker = spawnMediaWorker,
  vitals: ProcessVitals = NO_VITALS,
): Promise<RunningEngine> {
  const listeners: WorkerListeners = { onEvent: () => {}, onFailure: () => {} };
  const tls = config.rpc.tls === null ? null : new Certificate(config.rpc.tls, config.source, logger);
  const certificate = await generateCertificate();
  let workers: readonly WorkerHandle[] = [];
  const failed = new Promise<string>((fulfil) => {
    listeners.onFailure = (message) => {
      if (workers.some(({ isAvailable }) => isAvailable)) logger.fatal(message);
      else fulfil(message);
    };
  });
  workers = await startWorkers(config, certificate, logger, listeners, spawn, vitals);
  try {
    return { ...(await serve({ config, logger, vitals, tls, certificate, workers, listeners })), failed };
  } catch (error) {
    await stopWorkers(workers);
    throw error;
  }
}

/** What is there before calls are taken. */
interface Foundation {
  readonly config: EngineConfig;
  readonly logger: Logger;
  readonly vitals: ProcessVitals;
  /** Of the API, null where it is served in the clear. */
  readonly tls: Certificate | null;
  /** That the workers show. */
  readonly certificate: GeneratedCertificate;
  readonly workers: readonly WorkerHandle[];
  readonly listeners: WorkerListeners;
}

/** Rooms over the workers, and the server that takes calls. */
async function serve(foundation: Foundation): Promise<Omit<RunningEngine, 'failed'>> {
  const { config, logger, vitals, tls, workers, listeners } = foundation;
  let place: ClusterPlace | null = null;
  const isDraining = () => place?.drain.isUnderWay === true;
  const admits = () => (config.monitor === null ? 'everybody' : (place?.membership.admission ?? 'nobody'));
  const callbacks = new Callbacks({ ...config.callback, now: Date.now });
  const control = makeControlPlane(foundation, callbacks, { admits, isDraining });
  listeners.onEvent = (event, from) => control.handleMediaEvent(event, from);
  const backend = {
    signalling: control,
    turnServers: (uid: string) => turnServers(config.turn, uid, Date.now()),
  };
  const callers = new Callers({ auth: config.auth, logger });
  const liveRooms = new LiveRooms(control, monotonic, (err) =>
    logger.error({ err }, 'offer failed by a bug'),
  );
  control.observe(liveRooms);
  const opensRoomFor = config.monitor === null ? Number.POSITIVE_INFINITY : SOCKET_OPENS_ROOM_FOR;
  const gate = makeGate(config, logger);
  const live = new LiveServer({
    backend,
    callers,
    rooms: liveRooms,
    isDraining,
    gate,
    opensRoomFor,
    logger,
    now: monotonic,
  });
  const admin = await prepareAdmin({
    token: config.admin.token,
    demandsTokens: demandsTokens(config.auth),
    control,
    workers,
    isDraining,
    sockets: () => live.size,
    logger,
  });
  const metrics = new Metrics({
    version: readVersion(),
    workers,
    info: () => control.info(),
    speakers: () => control.speakers(),
    joins: () => control.joins(),
    describeMore: (registry) => {
      admin.describeMetrics(registry);
      callbacks.describeMetrics(registry);
      describeGate(registry, gate);
      if (tls !== null) describeCertificate(registry, tls);
      describeVitals(registry, vitals);
    },
    logger,
  });
  const page = await readStaticPage(
    ...['@kraken/web/page', '@kraken/client/served'].map((folder) =>
      fileURLToPath(import.meta.resolve(folder)),
    ),
  );
  const server = buildHttpServer({
    backend,
    callers,
    page,
    metrics: () => metrics.text(),
    gate,
    certificate: tls,
    logger,
  });
  addReadiness(server, { workers, admits, isDraining });
  admin.addRoutes(server);
  await serveDocument(server, describeEngine({ page, ...admin.described }));
  live.serve(server.server);
  const httpAddress = await listen(server, config);
  if (config.monitor !== null) {
    const onDrain = () => liveRooms.draining();
    place = await joinCluster(config.monitor, { rooms: control, workers, logger, onDrain });
  }
  admin.start();
  const mediaAddresses = workers.flatMap(({ addresses }) => addresses);
  logger.info({ url: httpAddress.url, mediaAddresses }, 'engine started');
  sayWhoMayCall(config.auth, logger);
  return {
    url: httpAddress.url,
    httpAddress,
    mediaAddresses,
    statistics: async () => ({ workers: await Promise.all(workers.map((worker) => worker.statistics())) }),
    drained: place?.drain.over ?? new Promise(() => {}),
    drain: () => {
      place?.drain.begin();
      return place !== null;
    },
    close: async () => {
      admin.stop();
      await place?.drain.end();
      control.closeAll();
      await live.close();
      await server.close();
      // Who has come since.
      control.closeAll();
      await stopWorkers(workers);
    },
  };
}

function makeControlPlane(
  { config, logger, certificate, workers }: Foundation,
  callbacks: Callbacks,
  standing: Pick<ControlPlaneOptions, 'admits' | 'isDraining'>,
): ControlPlane {
  return new ControlPlane({
    ...standing,
    workers,
    spreadRoomAt: config.media.spreadRoomAt,
    loudest: config.room.loudest,
    capacity: config.limits.capacity,
    descriptionLimits: config.limits.descriptions,
    recovery: config.recovery,
    fingerprint: certificate.fingerprint,
    generateIceCredentials: () => generateIceCredentials(randomBytes),
    notify: (url, notice, isWanted) => callbacks.notify(url, notice, isWanted),
    log: logger,
    now: monotonic,
    date: Date.now,
  });
}

function makeGate({ limits, rpc, monitor }: EngineConfig, logger: Logger): Gate {
  return new Gate({
    limits: limits.http,
    proxies: new TrustedProxies(rpc.trustedProxies),
    monitor: monitor === null ? null : new MonitorCheck(monitor.secret),
    refusals: new RefusalCounts(),
    logger,
    now: monotonic,
  });
}

/** Milliseconds, whatever people set the clock to. */
function monotonic(): number {
  return performance.now();
}
