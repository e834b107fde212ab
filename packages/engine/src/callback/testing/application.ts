import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** An application that is called back: an https server on the loopback, with a certificate for localhost and hook.example. */
export class Application {
  handler: (request: IncomingMessage, response: ServerResponse) => void = (_request, response) =>
    response.end();
  requests = 0;
  readonly #server: Server;

  private constructor(
    server: Server,
    readonly port: number,
    /** Its certificate, in PEM. */
    readonly trusted: string,
  ) {
    this.#server = server;
    server.on('request', (request, response) => {
      this.requests++;
      this.handler(request, response);
    });
  }

  static async start(): Promise<Application> {
    const { certificate, key } = certificateForTests();
    const server = createServer({ cert: certificate, key });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    return new Application(server, typeof address === 'object' ? (address?.port ?? 0) : 0, certificate);
  }

  url(host: string): string {
    return `https://${host}:${this.port}/hook`;
  }

  /** As before the first request. */
  reset(): void {
    this.requests = 0;
    this.handler = (_request, response) => response.end();
  }

  stop(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}

/** Self-signed, in PEM. */
function certificateForTests(): { certificate: string; key: string } {
  const directory = mkdtempSync(join(tmpdir(), 'kraken-callback-'));
  try {
    const [key, certificate] = [join(directory, 'key.pem'), join(directory, 'certificate.pem')];
    const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-noenc'];
    const alternatives = 'subjectAltName=DNS:localhost,DNS:hook.example,IP:127.0.0.1';
    const names = ['-subj', '/CN=localhost', '-addext', alternatives];
    const files = ['-keyout', key, '-out', certificate];
    execFileSync('openssl', ['req', '-x509', ...curve, ...names, '-days', '2', ...files], {
      stdio: 'ignore',
    });
    return { certificate: readFileSync(certificate, 'utf8'), key: readFileSync(key, 'utf8') };
  } finally {
    rmSync(directory, { recursive: true });
  }
}
