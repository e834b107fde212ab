/** The engine's HTTP server: its calls are answered by the control plane. */
import type { Callers } from '@kraken/edge/auth/callers';
import type { Gate } from '@kraken/edge/gate/gate';
import type { Certificate } from '@kraken/edge/http/certificate';
import { buildRpcServer } from '@kraken/edge/http/rpc-server';
import type { StaticPage } from '@kraken/edge/http/static-page';
import { RECALLED_HEADER } from '@kraken/protocol';
import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import { answerCall, isMethod, lacksRoom, type RpcBackend } from './json-rpc.js';
import { METRICS_CONTENT_TYPE } from './metrics.js';

export interface HttpServerOptions {
  readonly backend: RpcBackend;
  readonly callers: Callers;
  readonly page: StaticPage;
  /** Makes the text that operators' monitoring reads. */
  readonly metrics: () => Promise<string>;
  /** Refuses those of whom there are too many; null: nobody is. */
  readonly gate: Gate | null;
  /** Null: HTTP without TLS. */
  readonly certificate: Certificate | null;
  readonly logger: Logger;
}

/** @returns a server that does not listen yet */
export function buildHttpServer({
  backend,
  callers,
  page,
  metrics,
  gate,
  certificate,
  logger,
}: HttpServerOptions): FastifyInstance {
  return buildRpcServer({
    callers,
    answer: ({ call, caller, client, headers }) =>
      answerCall(backend, call, { caller, client, opensRooms: headers[RECALLED_HEADER] === undefined }),
    lacksRoom: (call) => lacksRoom(backend, call),
    isMethod,
    page,
    metrics,
    metricsContentType: METRICS_CONTENT_TYPE,
    gate,
    certificate,
    logger,
  });
}
