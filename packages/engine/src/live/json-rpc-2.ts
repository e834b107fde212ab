/** JSON-RPC 2.0 (https://www.jsonrpc.org/specification) as it goes over live sockets: texts in and out. */
import type { RpcError } from '@kraken/protocol';

/** Codes that the specification reserves, section 5.1. */
export const PARSE_ERROR = -32700;
export const INVALID_REQUEST = -32600;
export const METHOD_NOT_FOUND = -32601;
export const INTERNAL_ERROR = -32603;

export type RequestId = string | number | null;

export interface LiveRequest {
  /** Undefined for a notification, which is carried out and not answered. */
  readonly id: RequestId | undefined;
  readonly method: string;
  readonly params: readonly unknown[];
}

/** A text that is no request. */
export interface EnvelopeFault {
  readonly id: RequestId;
  readonly code: number;
  readonly message: string;
}

/** @returns the request, its method unknown and its parameters unchecked, or what is wrong with it */
export function parseRequest(text: string): LiveRequest | EnvelopeFault {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { id: null, code: PARSE_ERROR, message: 'the message is not valid JSON' };
  }
  if (Array.isArray(value)) return invalid(null, 'batches are not supported');
  if (typeof value !== 'object' || value === null) return invalid(null, 'the message is not a JSON object');
  const members: { jsonrpc?: unknown; id?: unknown; method?: unknown; params?: unknown } = value;
  const { jsonrpc, id, method, params = [] } = members;
  if (id !== undefined && !isRequestId(id)) return invalid(null, 'id is not a string or a number');
  const named = id ?? null;
  if (jsonrpc !== '2.0') return invalid(named, 'jsonrpc is not "2.0"');
  if (typeof method !== 'string') return invalid(named, 'method is not a string');
  if (!Array.isArray(params)) return invalid(named, 'params is not an array');
  return { id, method, params };
}

export function resultText(id: RequestId, result: object): string {
  return JSON.stringify({ jsonrpc: '2.0', id, result });
}

export function errorText(id: RequestId, { code, status, message }: RpcError): string {
  return JSON.stringify({ jsonrpc: '2.0', id, error: { code, message, data: { status } } });
}

export function faultText({ id, code, message }: EnvelopeFault): string {
  return JSON.stringify({ jsonrpc: '2.0', id, error: { code, message } });
}

export function notificationText(method: string, params: object): string {
  return JSON.stringify({ jsonrpc: '2.0', method, params });
}

function isRequestId(value: unknown): value is RequestId {
  return value === null || typeof value === 'string' || typeof value === 'number';
}

function invalid(id: RequestId, message: string): EnvelopeFault {
  return { id, code: INVALID_REQUEST, message };
}
