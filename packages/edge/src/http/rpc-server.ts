/**
 * A daemon's HTTP server: `POST /` is the RPC, `GET /` the web page, `GET /healthz` tells that the daemon is up,
 * `GET /metrics` how it fares. Everything else is 404, unless the daemon adds routes of its own. An RPC error travels in
 * a 200; the other statuses are 400 for what is no call, 413 for what is too long, 500 for a bug.
 */
import {
  createServer as createHttpServer,
  type Server as HttpServer,
  type IncomingHttpHeaders,
  type RequestListener,
} from 'node:http';
import { createServer as createHttpsServer, type Server as HttpsServer } from 'node:https';
import {
  type HttpFailure,
  REFUSED_DRAINING,
  REFUSED_HEADER,
  REFUSED_NO_ROOM,
  RPC_ERRORS,
  RpcError,
} from '@kraken/protocol';
import {
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  fastify,
} from 'fastify';
import type { Logger } from 'pino';
import type { Caller } from '../auth/caller.js';
import { type Callers, missingToken } from '../auth/callers.js';
import type { Gate } from '../gate/gate.js';
import { DEFAULT_HTTP_LIMITS, type HttpLimits } from '../gate/limits.js';
import { surviveAcceptFailures } from './accept-failures.js';
import { answerBrokenRequest } from './broken-request.js';
import { type Call, EnvelopeError, parseEnvelope } from './call-envelope.js';
import type { Certificate } from './certificate.js';
import { connectionBudget } from './connection-budget.js';
import { corsHeaders } from './cors.js';
import { hasTooManyFields, MAX_HEADER_FIELDS, TOO_MANY_FIELDS } from './header-fields.js';
import { holdBody, holdLargeBody } from './held-bodies.js';
import { identifyCallers, isCall, lengthOf } from './identify-callers.js';
import { type CallBeginning, LARGE_BODY, LargeBody } from './large-body.js';
import { RelayedResponse } from './relayed-response.js';
import { type StaticPage, sendFile } from './static-page.js';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** A route that is not for pages of other origins: it sends no CORS headers, and sees the Content-Type. */
    readonly isPrivate?: boolean;
    /** So many calls a request counts as; 1 when left out. */
    readonly cost?: number;
  }

  interface FastifyRequest {
    /** The address that it comes from; null when that is a program on this machine, or nobody has asked. */
    client: string | null;
  }
}

/** How often it is looked at who is too slow with headers or requests, in milliseconds. */
export const TIMEOUT_CHECK_INTERVAL = 1_000;
/** How long a connection may stay open without a request, in milliseconds. */
export const KEEP_ALIVE_TIMEOUT = 120_000;

/** So many calls it counts as to ask for metrics: making them takes some milliseconds, and nobody needs them often. */
const METRICS_COST = 20;

/** When a client that has called too often may try again, s. */
const RETRY_AFTER = '1';

/** Longest id in a path, in characters: three for each of its bytes. */
const MAX_PARAMETER_LENGTH = 768;

/** Of calls that are not allowed. */
const ACCESS_ERRORS = ['TOKEN_MISSING', 'TOKEN_INVALID', 'TOKEN_EXPIRED', 'NOT_PERMITTED'] as const;

const JSON_TYPE = 'application/json; charset=utf-8';
/** Given to bodies that are not read at once, whatever type the client has named. */
const LARGE_TYPE = 'application/x-kraken-large';
const NOT_FOUND: HttpFailure = { error: 'not found' };
const SERVER_ERROR: HttpFailure = { error: 'server error' };

/** A call as it came. */
export interface IncomingCall {
  readonly call: Call;
  /** What the call is allowed to do is for whoever answers it to find out. */
  readonly caller: Caller;
  /** The request's body, of which `call` was read. */
  readonly body: string;
  readonly headers: IncomingHttpHeaders;
  /** The address that it comes from; null when that is a program on this machine, or nobody has asked. */
  readonly client: string | null;
}

/** What is answered: an object with HTTP status 200, or what another daemon has said. */
export type RpcResponse = object | RelayedResponse;

/** A call with a long body, most of which is yet to come. */
export interface IncomingLargeCall extends CallBeginning {
  readonly caller: Caller;
  readonly body: LargeBody;
  readonly headers: IncomingHttpHeaders;
  readonly client: string | null;
}

export interface RpcServerOptions {
  /** Find out who calls; who may not is answered before the call is looked at any further. */
  readonly callers: Callers;
  /** What it throws that is not answered is a bug. */
  readonly answer: (incoming: IncomingCall) => RpcResponse | Promise<RpcResponse>;
  /**
   * Passes a call with a long body on while it comes.
   * @returns null, and leaves the body untouched, when it is to be answered as any other
   */
  readonly relay?: (incoming: IncomingLargeCall) => Promise<RpcResponse | null>;
  /** Asked before a call is answered: whether it opens no room, and names one that this daemon does not hold. */
  readonly lacksRoom?: (call: Call) => boolean;
  /** Methods that are logged by name; others could hold anything. */
  readonly isMethod: (name: string) => boolean;
  readonly page: StaticPage;
  /** Makes the text that operators' monitoring reads. */
  readonly metrics: () => Promise<string>;
  readonly metricsContentType: string;
  /** Refuses those of whom there are too many; null: nobody is, and the default limits hold. */
  readonly gate: Gate | null;
  /** Null: HTTP without TLS. */
  readonly certificate: Certificate | null;
  readonly logger: Logger;
}

/** @returns a server that does not listen yet */
export function buildRpcServer(options: RpcServerOptions): FastifyInstance {
  const { page, metrics, metricsContentType, gate, logger } = options;
  const limits = gate?.limits ?? DEFAULT_HTTP_LIMITS;
  const server = fastify({
    logger: false,
    bodyLimit: limits.body,
    forceCloseConnections: true,
    routerOptions: { maxParamLength: MAX_PARAMETER_LENGTH },
    serverFactory: (handler) => newServer(handler, limits, options.certificate),
    clientErrorHandler: (error, socket) => answerBrokenRequest(error, socket, limits, gate),
    frameworkErrors: (_error, request, reply) => {
      if (!answerPreflight(request, reply)) answerNotFound(request, reply);
    },
  });
  gate?.watch(server.server);
  server.server.maxConnections = Math.min(limits.connections, connectionBudget('api'));
  server.server.maxHeadersCount = MAX_HEADER_FIELDS;
  surviveAcceptFailures(server.server, logger);
  takeAnyBodyAsText(server, options, limits);
  server.decorateRequest('client', null);
  server.addHook('onRequest', (request, reply, done) => {
    if (refuseFields(request, reply, gate)) return;
    request.client = gate?.clientOf(request.raw) ?? null;
    if (!answerPreflight(request, reply) && !refuse(request, reply, gate)) done();
  });
  identifyCallers(server, options);
  server.setNotFoundHandler(answerNotFound);
  server.setErrorHandler<FastifyError>((error, request, reply) =>
    answerError(error, request, reply, options),
  );
  server.get('/healthz', (_request, reply) =>
    reply.header('cache-control', 'no-store').send({ status: 'ok' }),
  );
  server.get('/metrics', { config: { cost: METRICS_COST } }, async (_request, reply) =>
    reply
      .header('cache-control', 'no-store')
      .type(metricsContentType)
      .send(await metrics()),
  );
  for (const [path, file] of page) {
    server.get(path, (request, reply) => sendFile(request, reply, file));
  }
  server.post('/', (request, reply) =>
    request.body instanceof LargeBody
      ? takeLargeCall(request, reply, request.body, options)
      : takeCall(request, reply, typeof request.body === 'string' ? request.body : '', options),
  );
  return server;
}

function newServer(
  handler: RequestListener,
  limits: HttpLimits,
  certificate: Certificate | null,
): HttpServer | HttpsServer {
  const settings = {
    headersTimeout: limits.headerTime,
    requestTimeout: limits.requestTime,
    keepAliveTimeout: KEEP_ALIVE_TIMEOUT,
    connectionsCheckingInterval: TIMEOUT_CHECK_INTERVAL,
    maxHeaderSize: limits.headers,
  };
  if (certificate === null) return createHttpServer(settings, handler);
  const secured = {
    ...settings,
    ...certificate.context,
    handshakeTimeout: limits.headerTime,
  };
  const server = createHttpsServer(secured, handler);
  certificate.serve(server);
  server.on('close', () => certificate.stop());
  return server;
}

async function takeLargeCall(
  request: FastifyRequest,
  reply: FastifyReply,
  body: LargeBody,
  options: RpcServerOptions,
): Promise<FastifyReply> {
  const beginning = await body.beginning();
  const { headers, caller, client } = request;
  const response =
    beginning === null || caller === null || caller instanceof RpcError
      ? null
      : ((await options.relay?.({ ...beginning, caller, body, headers, client })) ?? null);
  if (response !== null) return send(reply, response);
  return takeCall(request, reply, await body.text(), options);
}

async function takeCall(
  request: FastifyRequest,
  reply: FastifyReply,
  body: string,
  options: RpcServerOptions,
): Promise<FastifyReply> {
  const { answer, lacksRoom, isMethod, gate, logger } = options;
  const startedAt = performance.now();
  const call = parseEnvelope(body);
  const { headers, client } = request;
  const caller = request.caller ?? missingToken();
  const isElsewhere = lacksRoom?.(call) === true;
  const response =
    caller instanceof RpcError
      ? failureOf(call, caller)
      : await answer({ call, caller, body, headers, client });
  const code = codeOf(response);
  gate?.refusals.countCall(code);
  logger.debug(
    {
      method: isMethod(call.method) ? call.method : 'unknown',
      code,
      milliseconds: Number((performance.now() - startedAt).toFixed(3)),
    },
    'call answered',
  );
  if (code === RPC_ERRORS.ENGINE_DRAINING.code) reply.header(REFUSED_HEADER, REFUSED_DRAINING);
  // Who may not ask about a room is not told whether it is here.
  else if (isElsewhere && !(caller instanceof RpcError) && !isAccessError(code))
    reply.header(REFUSED_HEADER, REFUSED_NO_ROOM);
  return send(reply, response);
}

function failureOf({ id }: Call, error: RpcError): object {
  return { ...(id === undefined ? {} : { id }), error: error.toBody() };
}

function isAccessError(code: number | null): boolean {
  return ACCESS_ERRORS.some((name) => RPC_ERRORS[name].code === code);
}

function send(reply: FastifyReply, response: RpcResponse): FastifyReply {
  if (!(response instanceof RelayedResponse)) return reply.send(response);
  const { status, body, length } = response;
  if (length !== null) reply.header('content-length', length);
  return reply.code(status).type(JSON_TYPE).send(body);
}

/** @returns that of the error; 0 for none, or where the response is another daemon's */
function codeOf(response: RpcResponse): number {
  if (response instanceof RelayedResponse) return 0;
  const error: unknown = 'error' in response ? response.error : null;
  return typeof error === 'object' && error !== null && 'code' in error ? Number(error.code) : 0;
}

/**
 * Answers before the body is read, and thus without the call's id: what is refused is to cost next to nothing.
 * @returns whether there have been too many of who asks
 */
function refuse(request: FastifyRequest, reply: FastifyReply, gate: Gate | null): boolean {
  const refusal = gate?.refuseOf(request.client, request.routeOptions.config?.cost) ?? null;
  if (gate === null || refusal === null) return false;
  reply.header('retry-after', RETRY_AFTER);
  if (isCall(request)) {
    gate.refusals.countCall(refusal.code);
    reply.code(200).send({ error: refusal.toBody() });
  } else {
    gate.refusals.countRequest('too-many-requests');
    const failure: HttpFailure = { error: refusal.message };
    reply.code(429).send(failure);
  }
  return true;
}

function refuseFields(request: FastifyRequest, reply: FastifyReply, gate: Gate | null): boolean {
  if (!hasTooManyFields(request.raw)) return false;
  gate?.refusals.countRequest('headers-too-long');
  const failure: HttpFailure = { error: TOO_MANY_FIELDS };
  reply.code(431).header('connection', 'close').send(failure);
  return true;
}

/**
 * Every body is text for us, whatever its Content-Type says: clients send text/plain, form types or none. The header
 * is dropped beforehand because fastify refuses malformed ones by itself. What is too long to be waited for gets one of
 * ours, by which it is not read yet.
 */
function takeAnyBodyAsText(
  server: FastifyInstance,
  { relay, gate }: RpcServerOptions,
  limits: HttpLimits,
): void {
  server.removeAllContentTypeParsers();
  server.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => done(null, body));
  server.addContentTypeParser(LARGE_TYPE, (request, payload, done) =>
    done(null, holdLargeBody(gate, request.client, request.raw, payload, lengthOf(request))),
  );
  server.addHook('preParsing', (request, reply, payload, done) => {
    const isRead = request.method !== 'GET' && request.method !== 'HEAD';
    if (gate !== null && isRead && request.headers['content-type'] !== LARGE_TYPE)
      holdBody(gate, request.client, request.raw, payload, () => reply.sent);
    done(null, payload);
  });
  server.addHook('onRequest', (request, _reply, done) => {
    const length = lengthOf(request);
    const isLarge = relay !== undefined && length > LARGE_BODY && length <= limits.body;
    if (isLarge && request.routeOptions.url === '/') request.raw.headers['content-type'] = LARGE_TYPE;
    else if (request.routeOptions.config.isPrivate !== true) delete request.raw.headers['content-type'];
    done();
  });
}

/** Sets the CORS headers of any response, and answers OPTIONS on any path, but for those of private routes. */
function answerPreflight(request: FastifyRequest, reply: FastifyReply): boolean {
  if (request.routeOptions.config?.isPrivate === true) return false;
  reply.headers(corsHeaders(request.headers));
  if (request.method !== 'OPTIONS') return false;
  reply.code(200).send({});
  return true;
}

function answerNotFound(_request: FastifyRequest, reply: FastifyReply): FastifyReply {
  return reply.code(404).send(NOT_FOUND);
}

function answerError(
  error: FastifyError,
  request: FastifyRequest,
  reply: FastifyReply,
  { gate, logger }: RpcServerOptions,
): FastifyReply {
  if (error instanceof EnvelopeError) return reply.code(400).send({ error: error.message });
  if (error.statusCode === 413) gate?.refusals.countRequest('body-too-long');
  if (error.statusCode === 413)
    return reply.code(413).send({ error: `the body is longer than ${request.routeOptions.bodyLimit} bytes` });
  if (error.statusCode === 400) return reply.code(400).send({ error: 'the body does not match its length' });
  // Of private routes alone: elsewhere it is not looked at.
  if (error.statusCode === 415) return reply.code(415).send({ error: 'the Content-Type is malformed' });
  if (request.raw.destroyed && request.raw.errored !== null) {
    logger.debug({ err: error }, 'request broken off by the client');
  } else {
    logger.error({ err: error }, 'call failed by a bug');
  }
  return reply.code(500).send(SERVER_ERROR);
}
