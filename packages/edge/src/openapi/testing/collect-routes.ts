/** Learns the routes of daemons that are started in this process. */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { FastifyInstance } from 'fastify';

/** Published on by fastify when a server is made. */
const CHANNEL = 'fastify.initialization';

/**
 * @param start starts one daemon
 * @returns what that returns, and the daemon's routes as `GET /engines/:engineId`, sorted. HEAD, which fastify adds where there
 *   is GET, is left out, and so is what only answers that there is nothing.
 */
export async function collectRoutes<T>(
  start: () => Promise<T>,
): Promise<{ readonly started: T; readonly routes: readonly string[] }> {
  const routes: string[] = [];
  const onServer = (message: unknown) => {
    if (!isServer(message)) throw new Error('fastify tells of its servers in another way');
    message.fastify.addHook('onRoute', ({ method, url, handler }) => {
      for (const verb of [method].flat()) {
        const isNone = url.endsWith('*') || handler.name === 'answerNotFound';
        if (verb !== 'HEAD' && !isNone) routes.push(`${verb} ${url}`);
      }
    });
  };
  subscribe(CHANNEL, onServer);
  try {
    return { started: await start(), routes: routes.sort() };
  } finally {
    unsubscribe(CHANNEL, onServer);
  }
}

function isServer(message: unknown): message is { readonly fastify: FastifyInstance } {
  return typeof message === 'object' && message !== null && 'fastify' in message;
}
