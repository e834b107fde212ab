/** One route of a daemon as its description tells of it; what of OpenAPI 3.1 is in use here. */
import { HTTP_FAILURE_SCHEMA } from '@kraken/protocol/description/failures';
import type { JsonSchema } from '@kraken/protocol/description/schema';
import { z } from 'zod';

export const JSON_CONTENT = 'application/json';

export interface RouteResponse {
  readonly description: string;
  /** Headers by name, in words. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Without one the response has no body. */
  readonly contentType?: string;
  /** Of JSON. */
  readonly schema?: JsonSchema;
}

export interface RouteParameter {
  readonly name: string;
  readonly in: 'path' | 'query';
  readonly required: boolean;
  readonly description?: string;
  readonly schema: JsonSchema;
}

export interface Route {
  readonly method: 'get' | 'post' | 'delete';
  /** Parameters in braces: `/engines/{engineId}`. */
  readonly path: string;
  /** Groups routes. */
  readonly tag: string;
  readonly summary: string;
  readonly description?: string;
  readonly parameters?: readonly RouteParameter[];
  /** The schema of a body of JSON. */
  readonly body?: JsonSchema;
  /** By HTTP status. */
  readonly responses: Readonly<Record<number, RouteResponse>>;
  /** Names of security schemes, any of which does; an empty name: none is needed. Without it the route is open. */
  readonly security?: readonly string[];
}

/** @returns the response of a route that answers JSON */
export function answersJson(description: string, schema: JsonSchema): RouteResponse {
  return { description, contentType: JSON_CONTENT, schema };
}

/** @returns the response of a request that fails */
export function fails(description: string, headers?: Readonly<Record<string, string>>): RouteResponse {
  return { ...answersJson(description, HTTP_FAILURE_SCHEMA), ...(headers === undefined ? {} : { headers }) };
}

/** @returns the schema of what a request may hold, by that which checks it */
export function requestSchema(checked: z.ZodType): JsonSchema {
  const { $schema: _, ...schema } = z.toJSONSchema(checked, { io: 'input' });
  return schema;
}

/**
 * @param checked checks the whole query
 * @param words about each of its parameters
 */
export function queryParameters<Checked extends z.ZodObject>(
  checked: Checked,
  words: { readonly [Name in keyof Checked['shape'] & string]: string },
): readonly RouteParameter[] {
  return Object.entries<string>(words).map(([name, description]) => ({
    name,
    in: 'query',
    required: false,
    description,
    schema: requestSchema(checked.shape[name]),
  }));
}

export function pathParameter(name: string, description: string): RouteParameter {
  return { name, in: 'path', required: true, description, schema: { type: 'string' } };
}
