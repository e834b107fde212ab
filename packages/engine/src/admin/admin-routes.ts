/**
 * `/admin` is the operator's page, `/admin/api` what it asks for and does. None of it sends CORS headers; who has access is
 * decided in access.ts.
 */
import type { SourceOfRequest } from '@kraken/edge/gate/local-request';
import type { StaticPage } from '@kraken/edge/http/static-page';
import { sendFile } from '@kraken/edge/http/static-page';
import type { HttpFailure } from '@kraken/protocol';
import type { FastifyInstance, FastifyReply, FastifyRequest, HTTPMethods } from 'fastify';
import type { Logger } from 'pino';
import { z } from 'zod';
import type { RoomOperator } from '../room/operator.js';
import { Access, type Refusal } from './access.js';
import type { Dashboard } from './dashboard.js';
import { HISTORY_SECONDS } from './history.js';
import { ROOM_ORDERS } from './room-views.js';

/** Rooms in one answer at most. */
export const MAX_ROOMS_PER_PAGE = 500;
const DEFAULT_ROOMS_PER_PAGE = 50;
/** As long as an id may be, in characters. */
const MAX_SEARCH_LENGTH = 256;
/** Longest body of a request, bytes. */
const BODY_LIMIT = 1_024;
const SECONDS_PER_MINUTE = 60;
const MAX_MINUTES = HISTORY_SECONDS / SECONDS_PER_MINUTE;

export const PATH = '/admin';
export const API = `${PATH}/api`;
/** No such page, whatever is asked of it. */
const OTHER_METHODS: HTTPMethods[] = ['OPTIONS', 'POST', 'PUT', 'PATCH', 'DELETE'];

export interface AdminRoutesOptions {
  /** From `[admin] token`; null for none. */
  readonly token: string | null;
  /** Whether calls have to show access tokens. */
  readonly demandsTokens: boolean;
  readonly dashboard: Dashboard;
  readonly operator: RoomOperator;
  /** The page's files; `/` is the page. */
  readonly page: StaticPage;
  readonly logger: Logger;
}

export const historyQuery = z.object({
  minutes: z.coerce.number().min(1).max(MAX_MINUTES).default(MAX_MINUTES),
});
export const roomsQuery = z.object({
  search: z.string().max(MAX_SEARCH_LENGTH).default(''),
  sort: z.enum(ROOM_ORDERS).default('participants'),
  order: z.enum(['ascending', 'descending']).default('descending'),
  offset: z.coerce.number().int().min(0).default(0),
  limit: z.coerce.number().int().min(1).max(MAX_ROOMS_PER_PAGE).default(DEFAULT_ROOMS_PER_PAGE),
});
const namesQuery = z.object({ rid: z.string().optional(), uid: z.string().optional() });
export const silenceBody = z.strictObject({ silenced: z.boolean() });
export const permitBody = z.strictObject({
  publish: z.exactOptional(z.boolean()),
  subscribe: z.exactOptional(z.boolean()),
});

/** `.` and `..` cannot be segments of a URL's path: then the query names them, and the segment does not matter. */
interface Names {
  readonly rid: string;
  readonly uid: string;
}

/** What is asked for is wrong: answered with HTTP status 400. */
class RequestError extends Error {
  override readonly name = 'RequestError';
}

export function addAdminRoutes(server: FastifyInstance, options: AdminRoutesOptions): void {
  const { page } = options;
  const access = new Access(options.token, options.demandsTokens);
  const config = { isPrivate: true };
  const pageGuard = guard((request) => access.refusePage(request));
  const questionGuard = guard((request) => access.refuseQuestion(request));

  server.get(PATH, { config, onRequest: pageGuard }, (_request, reply) => reply.redirect('admin/', 302));
  for (const [path, file] of page) {
    server.get(`${PATH}${path}`, { config, onRequest: pageGuard }, (request, reply) =>
      sendFile(request, reply, file),
    );
  }
  server.route({
    method: OTHER_METHODS,
    url: PATH,
    config,
    onRequest: questionGuard,
    handler: answerNotFound,
  });
  server.all(`${PATH}/*`, { config, onRequest: questionGuard }, answerNotFound);
  addQuestions(server, options, access);
  addChanges(server, options, access);
}

function addQuestions(server: FastifyInstance, { dashboard }: AdminRoutesOptions, access: Access): void {
  const mayAsk = guard((request) => access.refuseQuestion(request));
  const ask = (path: string, answer: (request: FastifyRequest) => object | null) => {
    server.get(
      `${API}${path}`,
      { config: { isPrivate: true }, onRequest: mayAsk, errorHandler: explain },
      async (request, reply) => {
        await dashboard.watch();
        const found = answer(request);
        return found === null
          ? fail(reply, 404, 'no such room')
          : reply.header('cache-control', 'no-store').send(found);
      },
    );
  };
  ask('/overview', () => dashboard.overview());
  ask('/history', ({ query }) => dashboard.history(parse(historyQuery, query, 'query').minutes));
  ask('/rooms', ({ query }) => {
    const { order, ...rest } = parse(roomsQuery, query, 'query');
    return dashboard.rooms({ ...rest, descending: order === 'descending' });
  });
  ask('/rooms/:rid', (request) => dashboard.room(namesOf(request).rid));
}

function addChanges(server: FastifyInstance, options: AdminRoutesOptions, access: Access): void {
  const { operator, logger } = options;
  const mayChange = guard((request) => access.refuseChange(request));
  const change = (
    path: string,
    what: string,
    carryOut: (names: Names, request: FastifyRequest) => boolean,
  ) => {
    server.post(
      `${API}/rooms/:rid${path}`,
      {
        config: { isPrivate: true },
        onRequest: mayChange,
        errorHandler: explain,
        bodyLimit: BODY_LIMIT,
      },
      (request, reply) => {
        const names = namesOf(request);
        const isDone = carryOut(names, request);
        logger.info({ ...names, remoteAddress: request.ip, isDone }, `operator: ${what}`);
        return isDone ? reply.send({}) : fail(reply, 404, 'no such room or participant');
      },
    );
  };
  change('/close', 'close room', ({ rid }) => operator.closeRoom(rid));
  change('/participants/:uid/remove', 'remove participant', ({ rid, uid }) => operator.remove(rid, uid));
  change('/participants/:uid/silence', 'silence participant', ({ rid, uid }, { body }) => {
    const { silenced } = parse(silenceBody, parseJson(body), 'body');
    return operator.silence(rid, uid, silenced);
  });
  change('/participants/:uid/permit', 'permit participant', ({ rid, uid }, { body }) =>
    operator.permit(rid, uid, parse(permitBody, parseJson(body), 'body')),
  );
}

type Guard = (request: FastifyRequest, reply: FastifyReply, done: () => void) => void;

function guard(refuse: (request: SourceOfRequest) => Refusal | null): Guard {
  return (request, reply, done) => {
    const { headers, raw } = request;
    const refusal = refuse({
      remoteAddress: raw.socket.remoteAddress,
      httpVersion: raw.httpVersion,
      headers,
    });
    if (refusal === null) {
      done();
      return;
    }
    if (refusal.status === 401) reply.header('www-authenticate', 'Bearer realm="kraken admin"');
    fail(reply, refusal.status, refusal.error);
  };
}

function namesOf({ params, query }: FastifyRequest): Names {
  const inPath = parse(namesQuery, params, 'path');
  const inQuery = parse(namesQuery, query, 'query');
  return { rid: inQuery.rid ?? inPath.rid ?? '', uid: inQuery.uid ?? inPath.uid ?? '' };
}

function parse<Schema extends z.ZodType>(schema: Schema, value: unknown, where: string): z.infer<Schema> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw new RequestError(`${where}: ${[...(issue?.path ?? []), ''].join(': ')}${issue?.message}`);
}

function parseJson(body: unknown): unknown {
  try {
    return JSON.parse(typeof body === 'string' ? body : '');
  } catch {
    throw new RequestError('body: not valid JSON');
  }
}

function explain(
  error: Error & { readonly statusCode?: number },
  _request: FastifyRequest,
  reply: FastifyReply,
) {
  if (error instanceof RequestError) return fail(reply, 400, error.message);
  // The server's own handler takes the rest: bodies that are too long, and bugs.
  throw error;
}

function answerNotFound(_request: FastifyRequest, reply: FastifyReply): FastifyReply {
  return fail(reply, 404, 'not found');
}

function fail(reply: FastifyReply, status: number, error: string): FastifyReply {
  return reply
    .code(status)
    .header('cache-control', 'no-store')
    .send({ error } satisfies HttpFailure);
}
