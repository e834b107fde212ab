/**
 * The routes by which engines announce themselves, and operators see them and have them drain. Whoever does not know the
 * secret sees and changes nothing.
 */
import { bearerCheck } from '@kraken/edge/auth/bearer-secret';
import { ENGINES_PATH, type HeartbeatAnswer, type HttpFailure } from '@kraken/protocol';
import { RegistryUnreachableError } from '@kraken/shared-registry/registry-unreachable-error';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import type { Registry } from '../registry/registry.js';
import { UrlTakenError } from '../registry/url-taken-error.js';
import { clusterInfo } from './cluster-info.js';
import { parseEngineReport, REPORT_LIMIT, ReportError } from './engine-report-body.js';
import { wrongSecretsTo } from './wrong-secrets.js';

export interface EngineRoutesOptions {
  readonly registry: Registry;
  readonly secret: string;
  readonly logger: Logger;
  /** ms, monotonic */
  readonly now: () => number;
}

export function addEngineRoutes(server: FastifyInstance, options: EngineRoutesOptions): void {
  const { registry, logger, now } = options;
  const isAuthorized = bearerCheck(options.secret);
  const tellOfWrongSecret = wrongSecretsTo(logger, now);
  const onRequest = (request: FastifyRequest, reply: FastifyReply, done: () => void) => {
    if (isAuthorized(request.headers.authorization)) done();
    else {
      tellOfWrongSecret(request.ip);
      fail(reply, 401, "the secret is not the cluster's");
    }
  };
  server.get(ENGINES_PATH, { onRequest }, (_request, reply) =>
    reply.header('cache-control', 'no-store').send(clusterInfo(registry.engines, now())),
  );
  server.post(ENGINES_PATH, { bodyLimit: REPORT_LIMIT, onRequest }, async (request, reply) => {
    try {
      const report = parseEngineReport(typeof request.body === 'string' ? request.body : '');
      const isKnown = registry.engines.some((engine) => engine.report.engineId === report.engineId);
      const orders = await registry.heartbeat(report);
      const answer: HeartbeatAnswer = { ...orders, hasRoom: registry.status === 'ready' };
      if (!isKnown) {
        const { engineId, url, region, version } = report;
        logger.info({ engineId, url, region, version }, 'engine registered');
      }
      // Each monitor has to know the rooms by itself then: the next heartbeat goes to another one.
      if (orders.registry === 'gone') reply.header('connection', 'close');
      return reply.send(answer);
    } catch (error) {
      return explain(reply, error);
    }
  });
  server.post<{ Params: { engineId: string } }>(
    `${ENGINES_PATH}/:engineId/drain`,
    { onRequest },
    async (request, reply) => {
      const { engineId } = request.params;
      try {
        if (!(await registry.drain(engineId))) return fail(reply, 404, 'no such engine');
        logger.info({ engineId }, 'engine is asked to drain');
        return reply.send({});
      } catch (error) {
        return explain(reply, error);
      }
    },
  );
  server.delete<{ Params: { engineId: string } }>(
    `${ENGINES_PATH}/:engineId`,
    { onRequest },
    async (request, reply) => {
      const { engineId } = request.params;
      logger.info({ engineId }, 'engine has ended');
      try {
        await registry.remove(engineId);
        return reply.send({});
      } catch (error) {
        return explain(reply, error);
      }
    },
  );
}

/** Tells an engine, or an operator, what is wrong with the request. */
function explain(reply: FastifyReply, error: unknown): FastifyReply {
  if (error instanceof ReportError) return fail(reply, 400, error.message);
  if (error instanceof UrlTakenError) return fail(reply, 409, error.message);
  if (error instanceof RegistryUnreachableError) return fail(reply, 503, error.message);
  throw error;
}

function fail(reply: FastifyReply, status: number, error: string): FastifyReply {
  return reply.code(status).send({ error } satisfies HttpFailure);
}
