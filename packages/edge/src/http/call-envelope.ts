/** Reads the envelope of a call, `{"id", "method", "params"}`, from the body of a request. */

/** A call whose envelope is sound; its method may be unknown and its parameters are unchecked. */
export interface Call {
  /** To be echoed; undefined when the caller gave none or an empty one. */
  readonly id: string | number | undefined;
  readonly method: string;
  readonly params: readonly unknown[];
}

/** The body is not a call: answered with HTTP status 400. */
export class EnvelopeError extends Error {
  override readonly name = 'EnvelopeError';
}

/**
 * Only own properties of the parsed object are read, so that nothing that a body names reaches a prototype.
 * A missing or null member counts as empty, as in Kraken; an id that is a number is echoed as one.
 *
 * @param body the request's body as text
 * @returns the call
 * @throws EnvelopeError when the body is not JSON, or not one object with members of the right types
 */
export function parseEnvelope(body: string): Call {
  const value = parseJson(body);
  if (Array.isArray(value)) throw new EnvelopeError('batches are not supported');
  if (typeof value !== 'object' || value === null) throw new EnvelopeError('the body is not a JSON object');
  return {
    id: parseId(ownMember(value, 'id')),
    method: parseMethod(ownMember(value, 'method')),
    params: parseParams(ownMember(value, 'params')),
  };
}

function parseJson(body: string): unknown {
  if (body === '') throw new EnvelopeError('the body is empty');
  try {
    return JSON.parse(body);
  } catch {
    throw new EnvelopeError('the body is not valid JSON');
  }
}

function ownMember(value: object, name: string): unknown {
  return Object.getOwnPropertyDescriptor(value, name)?.value ?? undefined;
}

function parseId(value: unknown): Call['id'] {
  if (value === undefined || value === '') return undefined;
  if (typeof value === 'string' || (typeof value === 'number' && Number.isFinite(value))) return value;
  throw new EnvelopeError('id is not a string');
}

function parseMethod(value: unknown): string {
  if (value === undefined) return '';
  if (typeof value !== 'string') throw new EnvelopeError('method is not a string');
  return value;
}

function parseParams(value: unknown): readonly unknown[] {
  if (value === undefined) return [];
  if (!Array.isArray(value)) throw new EnvelopeError('params is not an array');
  return value;
}
