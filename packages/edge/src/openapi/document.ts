/** Makes the OpenAPI 3.1 document of a daemon out of its methods and routes. */

import { HTTP_FAILURE_SCHEMA } from '@kraken/protocol/description/failures';
import type { JsonSchema } from '@kraken/protocol/description/schema';
import type { StaticPage } from '../http/static-page.js';
import { readVersion } from '../version.js';
import { JSON_CONTENT, type Route, type RouteResponse } from './route.js';
import { HTTP_FAILURE, type MethodDescriptions, reference, rpcSchemas } from './rpc-calls.js';
import { ACCESS_TOKEN, sharedRoutes } from './shared-routes.js';

export interface DaemonDescription {
  readonly title: string;
  /** CommonMark. */
  readonly description: string;
  /** Of `POST /`. */
  readonly methods: MethodDescriptions;
  /** Served at `/`. */
  readonly page: StaticPage;
  /** Besides those that every daemon has. */
  readonly routes: readonly Route[];
  /** Bearer tokens by the names that routes know them by, in words. */
  readonly tokens: Readonly<Record<string, string>>;
}

export interface OpenApiDocument {
  readonly openapi: '3.1.0';
  readonly info: Readonly<Record<'title' | 'version' | 'description', string>> & {
    readonly license: { readonly name: string; readonly identifier: string };
  };
  readonly servers: readonly { readonly url: string }[];
  /** Operations by path and method. */
  readonly paths: Readonly<Record<string, Readonly<Record<string, object>>>>;
  readonly components: {
    readonly schemas: Readonly<Record<string, JsonSchema>>;
    readonly securitySchemes: Readonly<Record<string, object>>;
  };
}

const COMMON =
  'Any origin may call (CORS) but for `/admin`: `OPTIONS` is answered with 200 and `{}`. `HEAD` works where `GET` does. ' +
  'What is not described here is 404 with `{"error"}`. Requests that are no HTTP, come too slowly, have too long a header or ' +
  'are given up before they are whole, since too much is under way, are 400, 408, 431 and 503. PROTOCOL.md tells how calls play together.';

const ACCESS_TOKEN_WORDS =
  'A JSON Web Token that names room, user and rights; demanded where [auth] of the configuration is set.';

export function openApiDocument(daemon: DaemonDescription): OpenApiDocument {
  const { title, description, methods, page, routes, tokens } = daemon;
  const paths: Record<string, Record<string, object>> = {};
  for (const route of [...sharedRoutes(methods, page), ...routes]) {
    const operations = paths[route.path] ?? {};
    operations[route.method] = operationOf(route);
    paths[route.path] = operations;
  }
  const bearers = Object.entries({ [ACCESS_TOKEN]: ACCESS_TOKEN_WORDS, ...tokens }).map(
    ([name, words]): [string, object] => [name, { type: 'http', scheme: 'bearer', description: words }],
  );
  return {
    openapi: '3.1.0',
    info: {
      title,
      version: readVersion(),
      description: `${description}\n\n${COMMON}`,
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/' }],
    paths,
    components: { schemas: rpcSchemas(methods), securitySchemes: Object.fromEntries(bearers) },
  };
}

function operationOf(route: Route): object {
  const { tag, summary, description, parameters, body, responses, security } = route;
  return {
    operationId: operationIdOf(route),
    tags: [tag],
    summary,
    ...(description === undefined ? {} : { description }),
    ...(parameters === undefined ? {} : { parameters }),
    ...(body === undefined
      ? {}
      : { requestBody: { required: true, content: contentOf(JSON_CONTENT, body) } }),
    responses: Object.fromEntries(
      Object.entries(responses).map(([status, response]) => [status, responseOf(response)]),
    ),
    security: (security ?? []).map((name) => (name === '' ? {} : { [name]: [] })),
  };
}

/** @returns the route's method and path in letters and digits, such as `postEnginesEngineIdDrain` */
function operationIdOf({ method, path }: Route): string {
  const words = path === '/' ? ['root'] : (path.match(/[A-Za-z0-9]+/g) ?? []);
  const id = words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('');
  return `${method}${id}${path.length > 1 && path.endsWith('/') ? 'Root' : ''}`;
}

function responseOf({ description, headers = {}, contentType, schema }: RouteResponse): object {
  const described = Object.entries(headers).map(([name, words]): [string, object] => [
    name,
    { description: words, schema: { type: 'string' } },
  ]);
  return {
    description,
    ...(described.length === 0 ? {} : { headers: Object.fromEntries(described) }),
    ...(contentType === undefined ? {} : { content: contentOf(contentType, schema) }),
  };
}

function contentOf(contentType: string, schema: JsonSchema | undefined): object {
  if (schema === undefined) return { [contentType]: {} };
  return { [contentType]: { schema: schema === HTTP_FAILURE_SCHEMA ? reference(HTTP_FAILURE) : schema } };
}
