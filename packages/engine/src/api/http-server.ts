/**
 * The HTTP server: `POST /` is the RPC, `GET /` the web page, `GET /healthz` tells that the engine is up,
 * `GET /metrics` how it fares. Everything else is 404. An RPC error travels in a 200; the other statuses are 400 for what is no call, 413 for what is too
 * long, 500 for a bug.
 */
import type { Socket } from 'node:net';
import type { HttpFailure } from '@kraken/protocol';
import {
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  fastify,
} from 'fastify';
import type { Logger } from 'pino';
import { EnvelopeError, parseEnvelope } from './call-envelope.js';
import { corsHeaders } from './cors.js';
import { answerCall, isMethod, type RpcBackend } from './json-rpc.js';
import { METRICS_CONTENT_TYPE } from './metrics.js';
import { PAGE_HEADERS, type PageFile, type StaticPage } from './static-page.js';

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

const NOT_FOUND: HttpFailure = { error: 'not found' };
const SERVER_ERROR: HttpFailure = { error: 'server error' };

export interface HttpServerOptions {
  readonly backend: RpcBackend;
  readonly page: StaticPage;
  /** Makes the text that operators' monitoring reads. */
  readonly metrics: () => Promise<string>;
  readonly logger: Logger;
}

/** @returns a server that does not listen yet */
export function buildHttpServer({ backend, page, metrics, logger }: HttpServerOptions): FastifyInstance {
  const server = fastify({
    logger: false,
    bodyLimit: BODY_LIMIT,
    requestTimeout: REQUEST_TIMEOUT,
    keepAliveTimeout: KEEP_ALIVE_TIMEOUT,
    forceCloseConnections: true,
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
  takeAnyBodyAsText(server);
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
      .type(METRICS_CONTENT_TYPE)
      .send(await metrics()),
  );
  for (const [path, file] of page) {
    server.get(path, (request, reply) => sendFile(request, reply, file));
  }
  server.post('/', (request, reply) => {
    const startedAt = performance.now();
    const call = parseEnvelope(typeof request.body === 'string' ? request.body : '');
    const response = answerCall(backend, call);
    logger.debug(
      {
        method: isMethod(call.method) ? call.method : 'unknown',
        code: 'error' in response ? response.error.code : 0,
        milliseconds: Number((performance.now() - startedAt).toFixed(3)),
      },
      'call answered',
    );
    return reply.send(response);
  });
  return server;
}

/**
 * Every body is text for us, whatever its Content-Type says: clients send text/plain, form types or none. The header
 * is dropped beforehand because fastify refuses malformed ones by itself.
 */
function takeAnyBodyAsText(server: FastifyInstance): void {
  server.removeAllContentTypeParsers();
  server.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => done(null, body));
  server.addHook('onRequest', (request, _reply, done) => {
    delete request.raw.headers['content-type'];
    done();
  });
}

/** Sets the CORS headers of any response, and answers OPTIONS on any path. */
function answerPreflight(request: FastifyRequest, reply: FastifyReply): boolean {
  reply.headers(corsHeaders(request.headers));
  if (request.method !== 'OPTIONS') return false;
  reply.code(200).send({});
  return true;
}

function answerNotFound(_request: FastifyRequest, reply: FastifyReply): FastifyReply {
  return reply.code(404).send(NOT_FOUND);
}

function sendFile(request: FastifyRequest, reply: FastifyReply, file: PageFile): FastifyReply {
  reply.headers(PAGE_HEADERS).header('etag', file.etag);
  if (request.headers['if-none-match'] === file.etag) return reply.code(304).send();
  return reply.type(file.contentType).send(file.body);
}

function answerError(
  error: FastifyError,
  request: FastifyRequest,
  reply: FastifyReply,
  logger: Logger,
): FastifyReply {
  if (error instanceof EnvelopeError) return reply.code(400).send({ error: error.message });
  if (error.statusCode === 413)
    return reply.code(413).send({ error: `the body is longer than ${BODY_LIMIT} bytes` });
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
