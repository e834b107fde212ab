import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PAGE_HEADERS, readStaticPage, type StaticPage } from '@kraken/edge/http/static-page';

const SDK_PATH = '/kraken-client.js';
const REAL_SDK_PATH = '/real-kraken-client.js';
const REAL_SDK = fileURLToPath(import.meta.resolve('@kraken/client'));
const SCRIPTED_SDK = join(import.meta.dirname, 'agent/scripted-client.js');
const APP = fileURLToPath(import.meta.resolve('@kraken/web/page'));

/** Serves the web app as engine and monitor do, on an SDK whose calls are scripted. */
export class AppServer {
  readonly url: string;
  readonly #server: Server;

  private constructor(url: string, server: Server) {
    this.url = url;
    this.#server = server;
  }

  static async start(): Promise<AppServer> {
    const page = await readStaticPage(APP);
    const server = createServer(({ url = '' }, response) => {
      const file = fileAt(page, url.replace(/\?.*/, ''));
      if (file === null) response.writeHead(404).end();
      else response.writeHead(200, { ...PAGE_HEADERS, 'content-type': file.contentType }).end(file.body);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('the server has no port');
    return new AppServer(`http://127.0.0.1:${address.port}/`, server);
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

function fileAt(
  page: StaticPage,
  path: string,
): { readonly contentType: string; readonly body: Buffer } | null {
  const contentType = 'text/javascript';
  if (path === SDK_PATH) return { contentType, body: readFileSync(SCRIPTED_SDK) };
  if (path === REAL_SDK_PATH) return { contentType, body: readFileSync(REAL_SDK) };
  return page.get(path) ?? null;
}
