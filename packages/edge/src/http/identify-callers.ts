/** Finds out who makes a call before its body is read. */
import { RpcError } from '@kraken/protocol';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Caller } from '../auth/caller.js';
import type { Callers } from '../auth/callers.js';
import type { Gate } from '../gate/gate.js';
import { LARGE_BODY } from './large-body.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** Of a call: who makes it, or why it is refused; a call counts once with its token. Null for what is no call. */
    caller: Caller | RpcError | null;
  }
}

export interface IdentifyCallersOptions {
  readonly callers: Callers;
  /** Null: nobody calls too often. */
  readonly gate: Gate | null;
}

/**
 * From here on each call has its caller. Of who may not call no long body is read, which costs memory until it has come whole:
 * such a call is answered without its id.
 */
export function identifyCallers(server: FastifyInstance, options: IdentifyCallersOptions): void {
  server.decorateRequest('caller', null);
  server.addHook('onRequest', async (request, reply) => {
    if (!isCall(request)) return;
    request.caller = await identify(request, options);
    if (!(request.caller instanceof RpcError) || !mayBeLarge(request)) return;
    options.gate?.refusals.countCall(request.caller.code);
    reply.code(200).send({ error: request.caller.toBody() });
  });
}

export function isCall(request: FastifyRequest): boolean {
  return request.method === 'POST' && request.routeOptions.url === '/';
}

/** @returns what the client has announced, octets; NaN for nothing */
export function lengthOf(request: FastifyRequest): number {
  return Number(request.headers['content-length']);
}

/** Whether the body is long, or its length is not told. */
function mayBeLarge(request: FastifyRequest): boolean {
  return request.headers['transfer-encoding'] !== undefined || lengthOf(request) > LARGE_BODY;
}

/** @returns who calls, or why that cannot be told or the call is one too many with that token */
async function identify(
  { headers }: FastifyRequest,
  { callers, gate }: IdentifyCallersOptions,
): Promise<Caller | RpcError> {
  try {
    const caller = await callers.ofHeader(headers.authorization);
    if (caller.kind === 'open') return caller;
    return gate?.refuseSubject(caller.grant.subject) ?? caller;
  } catch (error) {
    if (error instanceof RpcError) return error;
    throw error;
  }
}
