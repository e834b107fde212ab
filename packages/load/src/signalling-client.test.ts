import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { SignallingClient, SignallingError } from './signalling-client.js';

let server: Server | undefined;
let client: SignallingClient | undefined;

afterEach(() => {
  client?.close();
  server?.close();
});

/** A server that answers every call with `response`, and the calls that it took. */
async function clientOf(response: string): Promise<{ client: SignallingClient; calls: unknown[] }> {
  const calls: unknown[] = [];
  const listening = createServer((incoming, outgoing) => {
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('end', () => {
      calls.push(JSON.parse(Buffer.concat(chunks).toString()));
      outgoing.end(response);
    });
  });
  server = listening;
  await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve));
  const { port } = listening.address() as AddressInfo;
  client = new SignallingClient(`http://127.0.0.1:${port}`);
  return { client, calls };
}

test('publish sends the offer as JSON in a string and reads the answer from jsep', async () => {
  const jsep = JSON.stringify({ type: 'answer', sdp: 'v=0' });
  const { client, calls } = await clientOf(
    JSON.stringify({ id: 'bench', data: { track: 'cid', sdp: {}, jsep } }),
  );
  expect(await client.publish('room', 'user', 'offer')).toEqual({ cid: 'cid', sdp: 'v=0' });
  const params = ['room', 'user', '{"type":"offer","sdp":"offer"}'];
  expect(calls).toEqual([{ id: 'bench', method: 'publish', params }]);
});

test('subscribe gives null when nothing is new', async () => {
  const { client } = await clientOf('{"data":{"type":"unknown","sdp":"","jsep":"{}"}}');
  expect(await client.subscribe('room', 'user', 'cid')).toBeNull();
});

test('an RPC error carries its code', async () => {
  const { client } = await clientOf('{"error":{"status":202,"code":5002001,"description":"peer not found"}}');
  const call = client.subscribe('room', 'user', 'cid');
  await expect(call).rejects.toMatchObject({ code: 5002001, message: 'subscribe: 5002001 peer not found' });
});

test.each(['not json', '[]', '{"data":null}', '{"data":{"track":1}}'])('%s is refused', async (response) => {
  const { client } = await clientOf(response);
  await expect(client.publish('room', 'user', 'offer')).rejects.toBeInstanceOf(SignallingError);
});

test('a token goes with each call', async () => {
  const { calls } = await clientOf('{"data":{"type":"unknown"}}');
  const headers: (string | undefined)[] = [];
  server?.on('request', (incoming) => headers.push(incoming.headers.authorization));
  const address = server?.address();
  const port = typeof address === 'object' ? address?.port : 0;
  client?.close();
  client = new SignallingClient(`http://127.0.0.1:${port}`, 'a.b.c');
  await client.subscribe('room', 'user', 'cid');
  await client.subscribe('room', 'user', 'cid');
  expect(calls).toHaveLength(2);
  expect(headers).toEqual(['Bearer a.b.c', 'Bearer a.b.c']);
});
