/** Assembles the monitor: registry, HTTP server, connections to the engines. */
import { fileURLToPath } from 'node:url';
import { Callers } from '@kraken/edge/auth/callers';
import { sayWhoMayCall } from '@kraken/edge/auth/say-who-may-call';
import { Gate } from '@kraken/edge/gate/gate';
import { RefusalCounts } from '@kraken/edge/gate/refusal-counts';
import { TrustedProxies } from '@kraken/edge/gate/trusted-proxies';
import { Certificate } from '@kraken/edge/http/certificate';
import { type HttpAddress, listen } from '@kraken/edge/http/listen';
import { buildRpcServer } from '@kraken/edge/http/rpc-server';
import { readStaticPage } from '@kraken/edge/http/static-page';
import { serveDocument } from '@kraken/edge/openapi/serve-document';
import { NO_VITALS, type ProcessVitals } from '@kraken/edge/watchdog/vitals';
import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import { CallMetrics } from './api/call-metrics.js';
import { CallRouter, isMethod } from './api/call-router.js';
import { ClientHeaders } from './api/client-headers.js';
import { describeMonitor } from './api/description.js';
import { EngineConnections } from './api/engine-connections.js';
import { parseEngineSummary } from './api/engine-report-body.js';
import { addEngineRoutes } from './api/engine-routes.js';
import { describeCluster, METRICS_CONTENT_TYPE } from './api/metrics.js';
import type { MonitorConfig } from './config/monitor-config.js';
import { LiveMetrics } from './live/live-metrics.js';
import { LiveUpgrades } from './live/live-upgrades.js';
import { MemoryRegistry } from './registry/memory-registry.js';
import { RedisRegistry } from './registry/redis-registry.js';
import type { Registry } from './registry/registry.js';

/** How often connections to engines that are no more are broken off, ms. */
const SWEEP_INTERVAL = 1_000;

export interface RunningMonitor {
  /** What a user of this machine opens in a browser. */
  readonly url: string;
  readonly httpAddress: HttpAddress;
  /** Never settles: a monitor goes on without engines. */
  readonly failed: Promise<string>;
  /** Never settles: calls do not run through it, so that it ends at once. */
  readonly drained: Promise<void>;
  /** @returns false: it can be closed at once */
  drain(): boolean;
  close(): Promise<void>;
}

/**
 * @param config checked configuration
 * @param logger takes one line per event
 * @param vitals tells how the process fares
 * @returns the monitor, taking calls and heartbeats
 * @throws StartError: one line that names the key and the value at fault
 */
export async function startMonitor(
  config: MonitorConfig,
  logger: Logger,
  vitals: ProcessVitals = NO_VITALS,
): Promise<RunningMonitor> {
  const now = () => performance.now();
  const { turn, region, secret } = config;
  const registry = newRegistry(config, logger, now);
  const connections = new EngineConnections();
  const callMetrics = new CallMetrics();
  const certificate = config.rpc.tls === null ? null : new Certificate(config.rpc.tls, config.source, logger);
  const refusals = new RefusalCounts();
  const gate = new Gate({
    limits: config.http,
    proxies: new TrustedProxies(config.rpc.trustedProxies),
    monitor: null,
    refusals,
    logger,
    now,
  });
  const clientHeaders = new ClientHeaders(secret);
  const router = new CallRouter({ registry, connections, turn, region, metrics: callMetrics, logger, now });
  const page = await readStaticPage(
    ...['@kraken/web/page', '@kraken/client/served'].map((folder) =>
      fileURLToPath(import.meta.resolve(folder)),
    ),
  );
  const callers = new Callers({ auth: config.auth, logger });
  const server = buildRpcServer({
    callers,
    answer: (incoming) => {
      clientHeaders.write(incoming.headers, incoming.client);
      return router.answer(incoming);
    },
    relay: (incoming) => {
      clientHeaders.write(incoming.headers, incoming.client);
      return router.relay(incoming);
    },
    isMethod,
    page,
    metrics: async () =>
      (await callMetrics.registry.metrics()) + (await describeCluster(registry, gate, vitals, now())),
    metricsContentType: METRICS_CONTENT_TYPE,
    gate,
    certificate,
    logger,
  });
  addEngineRoutes(server, { registry, secret, logger, now });
  addReadiness(server, registry);
  await serveDocument(server, describeMonitor(page));
  sendElsewhereWhenSilent(server, registry);
  const metrics = new LiveMetrics(callMetrics.registry);
  const upgrades = new LiveUpgrades({ router, callers, gate, clientHeaders, metrics, logger });
  upgrades.serve(server.server);
  const httpAddress = await listen(server, config);
  const sweeping = setInterval(() => forgetConnections(registry, connections, upgrades), SWEEP_INTERVAL);
  logger.info({ url: httpAddress.url }, 'monitor started');
  sayWhoMayCall(config.auth, logger);
  return {
    url: httpAddress.url,
    httpAddress,
    failed: new Promise(() => {}),
    drained: new Promise(() => {}),
    drain: () => false,
    close: async () => {
      clearInterval(sweeping);
      await upgrades.close();
      await server.close();
      await connections.close();
      await registry.close();
    },
  };
}

function newRegistry(config: MonitorConfig, logger: Logger, now: () => number): Registry {
  const { redis, secret, limits, newRooms, nearest } = config;
  const options = { limits, newRooms, nearest, random: Math.random, logger, now };
  return redis === null
    ? new MemoryRegistry(options)
    : new RedisRegistry({
        ...options,
        url: redis,
        secret,
        parse: (summary) => parseEngineSummary(summary, secret),
      });
}

/**
 * Whether calls may come here, for the balancer in front of several monitors. A monitor that learns is ready: by the
 * balancer come the heartbeats, too, of which it learns. So is that of a full cluster: people in their calls go on polling;
 * and one whose registry is gone, since it is for the others, too. When it is only silent, another monitor may do better.
 */
function addReadiness(server: FastifyInstance, registry: Registry): void {
  server.get('/readyz', (_request, reply) => {
    const { status } = registry;
    return reply
      .code(status === 'the registry is silent' ? 503 : 200)
      .header('cache-control', 'no-store')
      .send({ status });
  });
}

/**
 * While the registry is silent another monitor may do better: clients keep their connections open, and only a new one
 * gets by the balancer to one that is ready.
 */
function sendElsewhereWhenSilent(server: FastifyInstance, registry: Registry): void {
  server.addHook('onSend', async (_request, reply) => {
    if (registry.status === 'the registry is silent') reply.header('connection', 'close');
  });
}

/** A monitor that hears no engine at all is as likely cut off itself from what engines tell, and lets their sockets be. */
function forgetConnections(registry: Registry, connections: EngineConnections, upgrades: LiveUpgrades): void {
  const urls = new Set(registry.engines.map(({ report }) => report.url));
  connections.keep(urls);
  if (urls.size > 0) upgrades.keep(urls);
}
