/** Serves the description of a daemon, as a file that clients may keep. */
import type { FastifyInstance } from 'fastify';
import { pageFile, sendFile } from '../http/static-page.js';
import type { OpenApiDocument } from './document.js';
import { DOCUMENT_PATH } from './shared-routes.js';

const CONTENT_TYPE = 'application/json; charset=utf-8';

/** Adds `GET /openapi.json`. */
export async function serveDocument(server: FastifyInstance, document: OpenApiDocument): Promise<void> {
  const file = await pageFile(CONTENT_TYPE, Buffer.from(JSON.stringify(document)));
  server.get(DOCUMENT_PATH, (request, reply) => sendFile(request, reply, file));
}
