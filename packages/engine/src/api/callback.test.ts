import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createNotify } from './callback.js';

const BODY = { rid: 'r', uid: 'u', cid: 'c', action: 'ontrack' } as const;

let handler: (request: IncomingMessage, response: ServerResponse) => void;
let requests = 0;
let server: ReturnType<typeof createServer>;
let url = '';
let trusted = '';

beforeAll(async () => {
  const { certificate, key } = localhostCertificate();
  trusted = certificate;
  server = createServer({ cert: certificate, key }, (request, response) => {
    requests++;
    handler(request, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  url = `https://localhost:${port}/hook`;
});
beforeEach(() => {
  requests = 0;
  handler = (_request, response) => response.end();
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

/** A self-signed certificate for localhost, and its key, in PEM. */
function localhostCertificate(): { certificate: string; key: string } {
  const directory = mkdtempSync(join(tmpdir(), 'kraken-callback-'));
  try {
    const [key, certificate] = [join(directory, 'key.pem'), join(directory, 'certificate.pem')];
    const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-noenc'];
    const names = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'];
    execFileSync(
      'openssl',
      ['req', '-x509', ...curve, ...names, '-days', '2', '-keyout', key, '-out', certificate],
      {
        stdio: 'ignore',
      },
    );
    return { certificate: readFileSync(certificate, 'utf8'), key: readFileSync(key, 'utf8') };
  } finally {
    rmSync(directory, { recursive: true });
  }
}

describe('a host that may be called', () => {
  test('gets the body as JSON by POST, and 200 is yes', async () => {
    let received = '';
    handler = (request, response) => {
      received = `${request.method} ${request.url} ${request.headers['content-type']} `;
      request.on('data', (chunk) => {
        received += chunk;
      });
      request.on('end', () => response.end('anything'));
    };
    expect(await createNotify({ allowPrivate: true, trusted })(url, BODY)).toBe(true);
    expect(received).toBe('POST /hook application/json {"rid":"r","uid":"u","cid":"c","action":"ontrack"}');
  });

  test.each([201, 204, 302, 403, 500])('%i is no, and a redirect is not followed', async (status) => {
    handler = (_request, response) => response.writeHead(status, { location: url }).end();
    expect(await createNotify({ allowPrivate: true, trusted })(url, BODY)).toBe(false);
    expect(requests).toBe(1);
  });

  test('a connection that breaks is no', async () => {
    handler = (request) => request.socket.destroy();
    expect(await createNotify({ allowPrivate: true, trusted })(url, BODY)).toBe(false);
  });

  test('no answer in time is no', async () => {
    handler = () => {};
    expect(await createNotify({ allowPrivate: true, trusted, timeout: 100 })(url, BODY)).toBe(false);
    expect(requests).toBe(1);
  });

  test('a certificate that is not trusted is no', async () => {
    expect(await createNotify({ allowPrivate: true })(url, BODY)).toBe(false);
    expect(requests).toBe(0);
  });
});

describe('a host of the private network is not called', () => {
  test('by its name, by its address in any notation, or through IPv6', async () => {
    const notify = createNotify({ allowPrivate: false, trusted });
    const { port } = new URL(url);
    for (const host of [
      'localhost',
      '127.0.0.1',
      '2130706433',
      '0x7f.1',
      '[::ffff:127.0.0.1]',
      '[::1]',
      '0.0.0.0',
    ]) {
      expect(await notify(`https://${host}:${port}/hook`, BODY), host).toBe(false);
    }
    expect(requests).toBe(0);
  });
});

test.each(['http://localhost/', 'no url', '', 'https://'])('%j is no', async (target) => {
  expect(await createNotify({ allowPrivate: true })(target, BODY)).toBe(false);
});
