/** The engine's API in OpenAPI. */
import type { StaticPage } from '@kraken/edge/http/static-page';
import { type OpenApiDocument, openApiDocument } from '@kraken/edge/openapi/document';
import type { Route } from '@kraken/edge/openapi/route';
import { METHOD_DESCRIPTIONS } from '@kraken/protocol/description/methods';
import { READINESS } from './readiness.js';

export interface EngineDescription {
  readonly page: StaticPage;
  /** Besides those that every daemon has. */
  readonly routes: readonly Route[];
  /** In words, by the names that routes know them by. */
  readonly tokens: Readonly<Record<string, string>>;
}

export function describeEngine(description: EngineDescription): OpenApiDocument {
  return openApiDocument({
    title: 'Kraken engine',
    description: 'Rooms in which people hear each other: signalling for an audio SFU over WebRTC.',
    methods: METHOD_DESCRIPTIONS,
    ...description,
    routes: [READINESS, ...description.routes],
  });
}
