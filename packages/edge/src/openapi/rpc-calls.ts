/** `POST /` in OpenAPI: a schema for the call of each method and one for what it is answered. */
import { HTTP_FAILURE_SCHEMA, RPC_ERROR_SCHEMA } from '@kraken/protocol/description/failures';
import type { MethodDescription } from '@kraken/protocol/description/methods';
import type { JsonSchema } from '@kraken/protocol/description/schema';

/** By the methods' names. */
export type MethodDescriptions = Readonly<Record<string, MethodDescription>>;

export const RPC_FAILURE = 'RpcFailure';
export const HTTP_FAILURE = 'HttpFailure';

const ID: JsonSchema = {
  description: 'Chosen by the caller and echoed; left out where it is empty.',
  type: ['string', 'number'],
};

/** @returns the name of the schema of a method's call */
export function callOf(method: string): string {
  return `${capitalize(method)}Call`;
}

/** @returns the name of the schema of what a method answers, in its envelope */
export function successOf(method: string): string {
  return `${capitalize(method)}Success`;
}

/** @returns the schemas of all calls, of what they answer and of failures, by name */
export function rpcSchemas(methods: MethodDescriptions): Readonly<Record<string, JsonSchema>> {
  const schemas: Record<string, JsonSchema> = {};
  for (const [name, method] of Object.entries(methods)) {
    schemas[callOf(name)] = callSchema(name, method);
    schemas[successOf(name)] = envelope({ data: method.result });
  }
  schemas[RPC_FAILURE] = envelope({ error: RPC_ERROR_SCHEMA });
  schemas[HTTP_FAILURE] = HTTP_FAILURE_SCHEMA;
  return schemas;
}

/** @returns the schema of the body of `POST /` */
export function anyCall(methods: MethodDescriptions): JsonSchema {
  return { oneOf: Object.keys(methods).map((name) => reference(callOf(name))) };
}

/** @returns the schema of what `POST /` answers with HTTP status 200 */
export function anyAnswer(methods: MethodDescriptions): JsonSchema {
  const successes = Object.keys(methods).map((name) => reference(successOf(name)));
  // Some methods answer the same, so that more than one of these may hold.
  return { oneOf: [{ title: 'Success', anyOf: successes }, reference(RPC_FAILURE)] };
}

/** @param name of a schema of the document */
export function reference(name: string): JsonSchema {
  return { $ref: `#/components/schemas/${name}` };
}

function callSchema(name: string, { summary, params, optional = [] }: MethodDescription): JsonSchema {
  const all = tuple(params);
  const properties = {
    id: ID,
    method: { type: 'string', const: name },
    params:
      optional.length === 0
        ? all
        : { oneOf: [...optional.map((left) => tuple(params.slice(0, -left))), all] },
  };
  const required = params.length === 0 ? ['method'] : ['method', 'params'];
  return { type: 'object', description: summary, properties, required };
}

function tuple(params: readonly JsonSchema[]): JsonSchema {
  const { length } = params;
  const items = length === 0 ? {} : { prefixItems: params, items: false };
  return { type: 'array', ...items, minItems: length, maxItems: length };
}

function envelope(content: Readonly<Record<string, JsonSchema>>): JsonSchema {
  return { type: 'object', properties: { id: ID, ...content }, required: Object.keys(content) };
}

function capitalize(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1);
}
