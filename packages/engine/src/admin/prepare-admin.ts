/** Puts the operator's dashboard together. */
import { fileURLToPath } from 'node:url';
import { readStaticPage } from '@kraken/edge/http/static-page';
import type { Route } from '@kraken/edge/openapi/route';
import { readVersion } from '@kraken/edge/version';
import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import type { Registry } from 'prom-client';
import { addAdminRoutes } from './admin-routes.js';
import { Dashboard, type DashboardOptions } from './dashboard.js';
import { describeDashboard } from './dashboard-metrics.js';
import { adminRoutes, TOKENS } from './described-routes.js';

export interface AdminOptions
  extends Pick<DashboardOptions, 'workers' | 'control' | 'isDraining' | 'sockets'> {
  /** From `[admin] token`. */
  readonly token: string | null;
  /** Whether calls have to show access tokens. */
  readonly demandsTokens: boolean;
  readonly logger: Logger;
}

export interface Admin {
  /** To be called before the server listens. */
  addRoutes(server: FastifyInstance): void;
  /** What the API's description tells of them. */
  readonly described: {
    readonly routes: readonly Route[];
    readonly tokens: Readonly<Record<string, string>>;
  };
  describeMetrics(registry: Registry): void;
  /** From here on the workers are asked at intervals. */
  start(): void;
  stop(): void;
}

/** @returns the dashboard, which asks nobody anything until it is started */
export async function prepareAdmin(options: AdminOptions): Promise<Admin> {
  const { token, demandsTokens, control, workers, isDraining, sockets, logger } = options;
  const page = await readStaticPage(fileURLToPath(import.meta.resolve('@kraken/web/admin')));
  const dashboard = new Dashboard({
    version: readVersion(),
    workers,
    control,
    isDraining,
    sockets,
    logger,
    now: () => performance.now(),
  });
  return {
    addRoutes: (server) =>
      addAdminRoutes(server, { token, demandsTokens, dashboard, operator: control.operator, page, logger }),
    described: { routes: adminRoutes(page), tokens: TOKENS },
    describeMetrics: (registry) => describeDashboard(registry, dashboard),
    start: () => void dashboard.start(),
    stop: () => dashboard.stop(),
  };
}
