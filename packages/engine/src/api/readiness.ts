/** `GET /readyz`: whether newcomers may be sent to this engine, for balancers and for whoever restarts engines. */
import { answersJson, type Route } from '@kraken/edge/openapi/route';
import { choice, object } from '@kraken/protocol/description/schema';
import type { FastifyInstance } from 'fastify';
import type { Admission } from '../room/admission.js';

export type EngineStatus = 'ready' | 'draining' | 'cut off from its monitor' | 'no media worker runs';

export interface ReadinessSources {
  readonly workers: readonly { readonly isAvailable: boolean }[];
  /** Whom the engine may take. */
  readonly admits: () => Admission;
  readonly isDraining: () => boolean;
}

/** @returns why no newcomer may be sent here, or 'ready' */
export function statusOf({ workers, admits, isDraining }: ReadinessSources): EngineStatus {
  if (isDraining()) return 'draining';
  if (!workers.some(({ isAvailable }) => isAvailable)) return 'no media worker runs';
  return admits() === 'everybody' ? 'ready' : 'cut off from its monitor';
}

export function addReadiness(server: FastifyInstance, sources: ReadinessSources): void {
  server.get('/readyz', (_request, reply) => {
    const status = statusOf(sources);
    return reply
      .code(status === 'ready' ? 200 : 503)
      .header('cache-control', 'no-store')
      .send({ status });
  });
}

const STATUS = object<{ status: EngineStatus }>({
  status: choice(['ready', 'draining', 'cut off from its monitor', 'no media worker runs']),
});

export const READINESS: Route = {
  method: 'get',
  path: '/readyz',
  tag: 'operation',
  summary: 'Whether newcomers may be sent here, for a balancer.',
  responses: {
    200: answersJson('They may.', STATUS),
    503: answersJson('They may not; calls that are there go on.', STATUS),
  },
};
