/** The monitor's API in OpenAPI. */
import type { StaticPage } from '@kraken/edge/http/static-page';
import { type OpenApiDocument, openApiDocument } from '@kraken/edge/openapi/document';
import { answersJson, fails, pathParameter, type Route, requestSchema } from '@kraken/edge/openapi/route';
import type { MethodDescriptions } from '@kraken/edge/openapi/rpc-calls';
import { ENGINES_PATH, type HeartbeatAnswer } from '@kraken/protocol';
import { INFO_MEMBERS, METHOD_DESCRIPTIONS, RID } from '@kraken/protocol/description/methods';
import {
  array,
  choice,
  count,
  emptyObject,
  flag,
  type JsonSchema,
  number,
  object,
  text,
} from '@kraken/protocol/description/schema';
import type { RegistryStatus } from '../registry/registry.js';
import type { OWN_METHODS, RoomMethodName } from './call-router.js';
import type { ClusterInfo, EngineRow } from './cluster-info.js';
import { reportSchema } from './engine-report-body.js';

/** In words, by the names that routes know them by. */
const TOKENS = { clusterSecret: 'From `[monitor] secret` of the configuration, of monitor and engines.' };
const SECURITY: readonly (keyof typeof TOKENS)[] = ['clusterSecret'];
const ENGINES = 'engines';

const CLUSTER_INFO = object<ClusterInfo>({
  ...INFO_MEMBERS,
  engines: array(
    object<EngineRow>({
      id: text('Of this run of the engine.'),
      url: text('Where clients reach it that talk to it directly.', { format: 'uri' }),
      region: text('Where it is.'),
      version: text("Kraken's."),
      state: choice(['serving', 'draining', 'silent']),
      load: number('Share of what it has; newcomers are counted in.', { minimum: 0 }),
      rooms: count('Rooms.'),
      participants: count('Participants.'),
      resident_bytes: count('Memory.'),
    }),
  ),
});

const METHODS: MethodDescriptions & Record<RoomMethodName | (typeof OWN_METHODS)[number], object> = {
  ...METHOD_DESCRIPTIONS,
  info: {
    ...METHOD_DESCRIPTIONS.info,
    summary: 'How many rooms and participants there are, and on which engines.',
    result: CLUSTER_INFO,
  },
  locate: {
    summary: 'Which engine has a room, or gets it; to be used within some seconds.',
    params: [RID],
    result: object<{ url: string }>({ url: text("The engine's, for clients.", { format: 'uri' }) }),
  },
};

/** @param page the web page's files */
export function describeMonitor(page: StaticPage): OpenApiDocument {
  return openApiDocument({
    title: 'Kraken monitor',
    description: 'Engines that act as one: calls go to the engine that has the room.',
    methods: METHODS,
    page,
    routes: [READINESS, ...ENGINE_ROUTES],
    tokens: TOKENS,
  });
}

const STATUS = object<{ status: RegistryStatus }>({
  status: choice([
    'ready',
    'learning',
    'no engine has room',
    'the registry is gone',
    'the registry is silent',
  ]),
});

const READINESS: Route = {
  method: 'get',
  path: '/readyz',
  tag: 'operation',
  summary: 'Whether calls may come here, for a balancer.',
  responses: {
    200: answersJson('They may. `status` tells whether a new room would find an engine.', STATUS),
    503: answersJson('Another monitor may do better.', STATUS),
  },
};

const HEARTBEAT_ANSWER = object<HeartbeatAnswer>({
  lost: array(text('A rid.'), 'Rooms among those reported that live on another engine: to be closed.'),
  drain: flag('The engine is asked to drain.'),
  hasRoom: flag('A new room would find an engine that serves.'),
  registry: choice(['there', 'gone'], "Whether the monitors' shared registry has heard the engine."),
});

const ENGINE_ROUTES: readonly Route[] = [
  engineRoute('get', ENGINES_PATH, 'Tells of the engines what `info` tells.', CLUSTER_INFO),
  {
    ...engineRoute('post', ENGINES_PATH, 'Announces an engine: its heartbeat.', HEARTBEAT_ANSWER, {
      400: fails('No heartbeat; names the field at fault.'),
      409: fails('Another engine lives at that URL.'),
      413: fails('The body is too long.'),
    }),
    body: requestSchema(reportSchema),
  },
  {
    ...engineRoute('delete', `${ENGINES_PATH}/{engineId}`, 'Tells that an engine has ended.', emptyObject),
    parameters: [pathParameter('engineId', 'Names this run of the engine.')],
  },
  {
    ...engineRoute('post', `${ENGINES_PATH}/{engineId}/drain`, 'Has an engine drain.', emptyObject, {
      404: fails('No such engine.'),
    }),
    parameters: [pathParameter('engineId', '`id` of what `info` tells.')],
  },
];

function engineRoute(
  method: 'get' | 'post' | 'delete',
  path: string,
  summary: string,
  answer: JsonSchema,
  failures: Route['responses'] = {},
): Route {
  return {
    method,
    path,
    tag: ENGINES,
    summary,
    responses: {
      200: answersJson('Done.', answer),
      401: fails("The secret is missing, or not the cluster's."),
      ...failures,
      500: fails('A bug of the server.'),
      503: fails('The registry does not answer.'),
    },
    security: SECURITY,
  };
}
