import { once } from 'node:events';
import { createServer } from 'node:net';
import { fastify } from 'fastify';
import { afterEach, describe, expect, test } from 'vitest';
import { type HttpConfig, listen } from './listen.js';

const configOf = (port: number, host: string): HttpConfig => ({
  source: 'engine.toml',
  rpc: { host: host === '' ? null : host, port },
});

let server = fastify();
afterEach(async () => {
  await server.close();
  server = fastify();
});

test('without a host every address is served, and the URL is one that a browser here opens', async () => {
  const { url, port } = await listen(server, configOf(0, ''));
  expect(url).toBe(`http://localhost:${port}/`);
  expect((await fetch(`http://127.0.0.1:${port}/`)).status).toBe(404);
});

test.each([
  ['127.0.0.1', /^http:\/\/127\.0\.0\.1:\d+\/$/],
  ['::1', /^http:\/\/\[::1\]:\d+\/$/],
])('on %s only that address is served', async (host, expected) => {
  const { url } = await listen(server, configOf(0, host));
  expect(url).toMatch(expected);
  expect((await fetch(url)).status).toBe(404);
});

describe('what the machine refuses is one line that names key and value', () => {
  test.each(['', '127.0.0.1'])('a taken port, on host %j', async (host) => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const address = other.address();
    const port = typeof address === 'object' ? address?.port : 0;
    await expect(listen(server, configOf(port ?? 0, host))).rejects.toThrow(
      `engine.toml: [rpc] port = ${port}: the port is taken by another program`,
    );
    other.close();
  });

  test('a host that is not ours', async () => {
    const host = '192.0.2.1';
    await expect(listen(server, configOf(0, host))).rejects.toThrow(
      `engine.toml: [rpc] host = "${host}": not an address of this machine`,
    );
  });
});
