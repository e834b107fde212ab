/** The routes by which engines announce themselves. Whoever does not know the secret changes nothing. */
import { createHash, timingSafeEqual } from 'node:crypto';
import { ENGINES_PATH, type HttpFailure } from '@kraken/protocol';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import type { Cluster } from '../registry/cluster.js';
import { UrlTakenError } from '../registry/url-taken-error.js';
import { parseEngineReport, REPORT_LIMIT, ReportError } from './engine-report-body.js';

export interface EngineRoutesOptions {
  readonly cluster: Cluster;
  readonly secret: string;
  readonly logger: Logger;
  /** ms, monotonic */
  readonly now: () => number;
}

export function addEngineRoutes(server: FastifyInstance, options: EngineRoutesOptions): void {
  const { cluster, now, logger } = options;
  const isAuthorized = authorizer(options.secret);
  const onRequest = (request: FastifyRequest, reply: FastifyReply, done: () => void) => {
    if (isAuthorized(request.headers.authorization)) done();
    else {
      logger.warn({ remoteAddress: request.ip }, 'refused who does not know the secret of the cluster');
      fail(reply, 401, "the secret is not the cluster's");
    }
  };
  server.post(ENGINES_PATH, { bodyLimit: REPORT_LIMIT, onRequest }, (request, reply) => {
    try {
      const report = parseEngineReport(typeof request.body === 'string' ? request.body : '');
      const known = cluster.engines.length;
      const answer = cluster.heartbeat(report, now());
      if (cluster.engines.length > known) {
        const { engineId, url, region, version } = report;
        logger.info({ engineId, url, region, version }, 'engine registered');
      }
      return reply.send(answer);
    } catch (error) {
      if (error instanceof ReportError) return fail(reply, 400, error.message);
      if (error instanceof UrlTakenError) return fail(reply, 409, error.message);
      throw error;
    }
  });
  server.delete<{ Params: { engineId: string } }>(
    `${ENGINES_PATH}/:engineId`,
    { onRequest },
    (request, reply) => {
      const { engineId } = request.params;
      logger.info({ engineId }, 'engine has ended');
      cluster.remove(engineId);
      return reply.send({});
    },
  );
}

/** Compares digests, so that neither time nor length tells anything of the secret. */
function authorizer(secret: string): (header: string | undefined) => boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  const expected = digest(`Bearer ${secret}`);
  return (header) => header !== undefined && timingSafeEqual(digest(header), expected);
}

function fail(reply: FastifyReply, status: number, error: string): FastifyReply {
  return reply.code(status).send({ error } satisfies HttpFailure);
}
