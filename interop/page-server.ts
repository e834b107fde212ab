import { createServer, type Server } from 'node:http';

const EMPTY_PAGE =
  '<!doctype html><html lang="en"><link rel="icon" href="data:,"><title>A participant</title></html>';

/** Serves a page on the loopback: a secure context, and an origin that is not the engine's. */
export class PageServer {
  readonly #server: Server;
  readonly url: string;

  private constructor(server: Server, url: string) {
    this.#server = server;
    this.url = url;
  }

  /** @param html the page; an empty one by default */
  static start(html = EMPTY_PAGE): Promise<PageServer> {
    const server = createServer((_request, response) => {
      response.writeHead(200, { 'Content-Type': 'text/html; charset=utf-8' });
      response.end(html);
    });
    return new Promise((resolve, reject) => {
      server.on('error', reject);
      server.listen(0, '127.0.0.1', () => {
        const address = server.address();
        if (typeof address !== 'object' || address === null)
          throw new Error('the page server has no address');
        resolve(new PageServer(server, `http://127.0.0.1:${address.port}/`));
      });
    });
  }

  stop(): Promise<void> {
    return new Promise((resolve) => {
      this.#server.close(() => resolve());
      this.#server.closeAllConnections();
    });
  }
}
