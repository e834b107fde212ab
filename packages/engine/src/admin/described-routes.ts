/** The operator's routes, as the API's description tells of them. */
import type { StaticPage } from '@kraken/edge/http/static-page';
import {
  answersJson,
  fails,
  pathParameter,
  queryParameters,
  type Route,
  type RouteParameter,
  requestSchema,
} from '@kraken/edge/openapi/route';
import { pageRoutes } from '@kraken/edge/openapi/shared-routes';
import { emptyObject, type JsonSchema } from '@kraken/protocol/description/schema';
import { API, historyQuery, PATH, permitBody, roomsQuery, silenceBody } from './admin-routes.js';
import { HISTORY, OVERVIEW, ROOM, ROOM_PAGE } from './answer-schemas.js';

/** In words, by the names that routes know them by. */
export const TOKENS = { adminToken: 'From `[admin] token` of the configuration.' };
/** An empty name: where none is configured, and calls need none either, this machine itself needs no token. */
const SECURITY: readonly (keyof typeof TOKENS | '')[] = ['adminToken', ''];
const TAG = 'operator';

const FOREIGN = fails(
  'Pages of other origins; without [admin] token whoever is not this machine, and everybody where access tokens are demanded.',
);
const REFUSALS = {
  401: {
    ...fails('The token is missing or wrong.'),
    headers: { 'www-authenticate': 'RFC 6750.' },
  },
  403: FOREIGN,
  500: fails('A bug of the server.'),
};
const RID = pathParameter('rid', 'The room, percent-encoded on top of what its id has itself.');
const UID = pathParameter('uid', 'The user, likewise.');

/** The ids `.` and `..` cannot stand in a path. */
function named(...parameters: readonly RouteParameter[]): readonly RouteParameter[] {
  const inQuery = parameters.map(
    ({ name, schema }): RouteParameter => ({
      name,
      in: 'query',
      required: false,
      description: 'Counts in place of that in the path: for the ids `.` and `..`.',
      schema,
    }),
  );
  return [...parameters, ...inQuery];
}

/** @param page the dashboard's files */
export function adminRoutes(page: StaticPage): readonly Route[] {
  return [
    {
      method: 'get',
      path: PATH,
      tag: 'page',
      summary: "To the operator's dashboard.",
      responses: { 302: { description: 'There.', headers: { location: 'Relative.' } }, 403: FOREIGN },
    },
    ...pageRoutes(page, PATH, { responses: { 403: FOREIGN } }),
    question('/overview', "The engine's figures, and who needs attention.", OVERVIEW),
    question(
      '/history',
      'The last hour as series.',
      HISTORY,
      queryParameters(historyQuery, { minutes: 'How far back.' }),
    ),
    question(
      '/rooms',
      'Rooms, a page of them.',
      ROOM_PAGE,
      queryParameters(roomsQuery, {
        search: "Part of a room's id, or of a participant's id or name.",
        sort: 'By what.',
        order: 'Of that.',
        offset: 'How many rooms to leave out.',
        limit: 'How many rooms to give at most.',
      }),
    ),
    withNoRoom(question('/rooms/{rid}', "A room's participants.", ROOM, named(RID)), 'No such room.'),
    change('/close', 'Takes everybody out, and lets nobody in for a minute.', named(RID)),
    change(
      '/participants/{uid}/remove',
      'Takes a participant out, and does not let it in for a minute.',
      named(RID, UID),
    ),
    {
      ...change(
        '/participants/{uid}/silence',
        'Lets nobody hear a participant, or ends that.',
        named(RID, UID),
      ),
      body: requestSchema(silenceBody),
    },
    {
      ...change(
        '/participants/{uid}/permit',
        'Decides what a participant may do: be heard (publish), hear the others (subscribe).',
        named(RID, UID),
      ),
      body: requestSchema(permitBody),
    },
  ];
}

function question(
  path: string,
  summary: string,
  answer: JsonSchema,
  parameters: readonly RouteParameter[] = [],
): Route {
  return {
    method: 'get',
    path: `${API}${path}`,
    tag: TAG,
    summary,
    parameters,
    responses: {
      200: answersJson('Not to be cached.', answer),
      ...(parameters.length === 0 ? {} : { 400: fails('What is asked for is wrong.') }),
      ...REFUSALS,
    },
    security: SECURITY,
  };
}

function change(path: string, summary: string, parameters: readonly RouteParameter[]): Route {
  const route: Route = {
    method: 'post',
    path: `${API}/rooms/{rid}${path}`,
    tag: TAG,
    summary,
    description: 'With `Content-Type: application/json`, by which no page of another origin can send it.',
    parameters,
    responses: {
      200: answersJson('Done.', emptyObject),
      400: fails('The body is none of what is asked for.'),
      ...REFUSALS,
      413: fails('The body is too long.'),
      415: fails('The Content-Type is another one.'),
    },
    security: SECURITY,
  };
  return withNoRoom(route, 'No such room or participant.');
}

function withNoRoom(route: Route, description: string): Route {
  return { ...route, responses: { ...route.responses, 404: fails(description) } };
}
