/**
 * A daemon's HTTP server: `POST /` is the RPC, `GET /` the web page, `GET /healthz` tells that the daemon is up,
 * `GET /metrics` how it fares. Everything else is 404, unless the daemon adds routes of its own. An RPC error travels in
 * a 200; the other statuses are 400 for what is no call, 413 for what is too long, 500 for a bug.
 */
import type { IncomingHttpHeaders } from 'node:http';
import type { Socket } from 'node:net';
import {
  type HttpFailure,
  REFUSED_DRAINING,
  REFUSED_HEADER,
  REFUSED_NO_ROOM,
  RPC_ERRORS,
} from '@kraken/protocol';
import {
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  fastify,
} from 'fastify';
import type { Logger } from 'pino';
import { type Call, EnvelopeError, parseEnvelope } from './call-envelope.js';
import { corsHeaders } from './cors.js';
import { type CallBeginning, LARGE_BODY, LargeBody } from './large-body.js';
import { RelayedResponse } from './relayed-response.js';
import { type StaticPage, sendFile } from './static-page.js';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** A route that is not for pages of other origins: it sends no CORS headers, and sees the Content-Type. */
    readonly isPrivate?: boolean;
  }
}

/** Longest body of a request, in bytes: a description of a room of some thousand participants. */
export const BODY_LIMIT = 2 * 1024 * 1024;
/** Longest header section of a request, in bytes. */
export const HEADER_LIMIT = 16 * 1024;
/** How long a client may take to send its headers, in milliseconds. */
export const HEADERS_TIMEOUT = 5_000;
/** How long a client may take to send a whole request, in milliseconds. */
export const REQUEST_TIMEOUT = 10_000;
/** How often the two time-outs above are looked at, in milliseconds. */
export const TIMEOUT_CHECK_INTERVAL = 1_000;
/** How long a connection may stay open without a request, in milliseconds. */
export const KEEP_ALIVE_TIMEOUT = 120_000;

/** Longest id in a path, in characters: three for each of its bytes. */
const MAX_PARAMETER_LENGTH = 768;

const JSON_TYPE = 'application/json; charset=utf-8';
/** Given to bodies that are not read at once, whatever type the client has named. */
const LARGE_TYPE = 'application/x-kraken-large';
const NOT_FOUND: HttpFailure = { error: 'not found' };
const SERVER_ERROR: HttpFailure = { error: 'server error' };

/** A call as it came. */
export interface IncomingCall {
  readonly call: Call;
  /** The request's body, of which `call` was read. */
  readonly body: string;
  readonly headers: IncomingHttpHeaders;
}

/** What is answered: an object with HTTP status 200, or what another daemon has said. */
export type RpcResponse = object | RelayedResponse;

/** A call with a long body, most of which is yet to come. */
export interface IncomingLargeCall extends CallBeginning {
  readonly body: LargeBody;
  readonly headers: IncomingHttpHeaders;
}

export interface RpcServerOptions {
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
  readonly logger: Logger;
}

/** @returns a server that does not listen yet */
export function buildRpcServer(options: RpcServerOptions): FastifyInstance {
  const { page, metrics, metricsContentType, logger } = options;
  const server = fastify({
    logger: false,
    bodyLimit: BODY_LIMIT,
    requestTimeout: REQUEST_TIMEOUT,
    keepAliveTimeout: KEEP_ALIVE_TIMEOUT,
    forceCloseConnections: true,
    routerOptions: { maxParamLength: MAX_PARAMETER_LENGTH },
    http: {
      headersTimeout: HEADERS_TIMEOUT,
      connectionsCheckingInterval: TIMEOUT_CHECK_INTERVAL,
      maxHeaderSize: HEADER_LIMIT,
    },
    clientErrorHandler: answerBrokenRequest,
    frameworkErrors: (_error, request, reply) => {
      if (!answerPreflight(request, reply)) answerNotFound(request, reply);
    },
  });
  takeAnyBodyAsText(server, options);
  server.addHook('onRequest', (request, reply, done) => {
    if (!answerPreflight(request, reply)) done();
  });
  server.setNotFoundHandler(answerNotFound);
  server.setErrorHandler<FastifyError>((error, request, reply) => answerError(error, request, reply, logger));
  server.get('/healthz', (_request, reply) =>
    reply.header('cache-control', 'no-store').send({ status: 'ok' }),
  );
  server.get('/metrics', async (_request, reply) =>
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

async function takeLargeCall(
  request: FastifyRequest,
  reply: FastifyReply,
  body: LargeBody,
  options: RpcServerOptions,
): Promise<FastifyReply> {
  const beginning = await body.beginning();
  const { headers } = request;
  const response =
    beginning === null ? null : ((await options.relay?.({ ...beginning, body, headers })) ?? null);
  return response === null ? takeCall(request, reply, await body.text(), options) : send(reply, response);
}

async function takeCall(
  request: FastifyRequest,
  reply: FastifyReply,
  body: string,
  { answer, lacksRoom, isMethod, logger }: RpcServerOptions,
): Promise<FastifyReply> {
  const startedAt = performance.now();
  const call = parseEnvelope(body);
  const isElsewhere = lacksRoom?.(call) === true;
  const response = await answer({ call, body, headers: request.headers });
  const code = codeOf(response);
  logger.debug(
    {
      method: isMethod(call.method) ? call.method : 'unknown',
      code,
      milliseconds: Number((performance.now() - startedAt).toFixed(3)),
    },
    'call answered',
  );
  if (code === RPC_ERRORS.ENGINE_DRAINING.code) reply.header(REFUSED_HEADER, REFUSED_DRAINING);
  else if (isElsewhere) reply.header(REFUSED_HEADER, REFUSED_NO_ROOM);
  return send(reply, response);
}

function send(reply: FastifyReply, response: RpcResponse): FastifyReply {
  if (!(response instanceof RelayedResponse)) return reply.send(response);
  const { status, body, length } = response;
  if (length !== null) reply.header('content-length', length);
  return reply.code(status).type(JSON_TYPE).send(body);
}

/** @returns that of the error, 0 for none, null where the response is another daemon's */
function codeOf(response: RpcResponse): number | null {
  if (response instanceof RelayedResponse) return null;
  const error: unknown = 'error' in response ? response.error : null;
  return typeof error === 'object' && error !== null && 'code' in error ? Number(error.code) : 0;
}

/**
 * Every body is text for us, whatever its Content-Type says: clients send text/plain, form types or none. The header
 * is dropped beforehand because fastify refuses malformed ones by itself. What is too long to be waited for gets one of
 * ours, by which it is not read yet.
 */
function takeAnyBodyAsText(server: FastifyInstance, { relay }: RpcServerOptions): void {
  server.removeAllContentTypeParsers();
  server.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => done(null, body));
  server.addContentTypeParser(LARGE_TYPE, (request, payload, done) =>
    done(null, new LargeBody(payload, lengthOf(request))),
  );
  server.addHook('onRequest', (request, _reply, done) => {
    const length = lengthOf(request);
    const isLarge = relay !== undefined && length > LARGE_BODY && length <= BODY_LIMIT;
    if (isLarge && request.routeOptions.url === '/') request.raw.headers['content-type'] = LARGE_TYPE;
    else if (request.routeOptions.config.isPrivate !== true) delete request.raw.headers['content-type'];
    done();
  });
}

/** @returns what the client has announced, octets; NaN for nothing */
function lengthOf(request: FastifyRequest): number {
  return Number(request.headers['content-length']);
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
  logger: Logger,
): FastifyReply {
  if (error instanceof EnvelopeError) return reply.code(400).send({ error: error.message });
  if (error.statusCode === 413)
    return reply.code(413).send({ error: `the body is longer than ${request.routeOptions.bodyLimit} bytes` });
  if (error.statusCode === 400) return reply.code(400).send({ error: 'the body does not match its length' });
  if (request.raw.destroyed && request.raw.errored !== null) {
    logger.debug({ err: error }, 'request broken off by the client');
  } else {
    logger.error({ err: error }, 'call failed by a bug');
  }
  return reply.code(500).send(SERVER_ERROR);
}

/** Answers what is not even HTTP, or came too slowly; nothing but the bare socket is there to answer on. */
function answerBrokenRequest(error: Error & { readonly code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const [status, text] = brokenRequestStatus(error.code);
  const failure: HttpFailure = { error: text };
  const body = JSON.stringify(failure);
  socket.end(
    `HTTP/1.1 ${status}\r\nContent-Type: application/json; charset=utf-8\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
}

function brokenRequestStatus(code: string | undefined): readonly [status: string, text: string] {
  switch (code) {
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return ['408 Request Timeout', 'the request took too long'];
    case 'HPE_HEADER_OVERFLOW':
      return ['431 Request Header Fields Too Large', `the header is longer than ${HEADER_LIMIT} bytes`];
    default:
      return ['400 Bad Request', 'the request is not valid HTTP'];
  }
}
