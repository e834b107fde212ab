import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { CLEAN, type LinkConditions } from './conditions.js';
import { ImpairmentRelay } from './impairment-relay.js';

let echo: Socket;
const relays: ImpairmentRelay[] = [];
const clients: Socket[] = [];
beforeEach(async () => {
  echo = createSocket('udp4');
  echo.on('message', (datagram, { port, address }) => echo.send(datagram, port, address));
  echo.bind(0, '127.0.0.1');
  await once(echo, 'listening');
});
afterEach(() => {
  for (const relay of relays.splice(0)) relay.close();
  for (const client of clients.splice(0)) client.close();
  echo.close();
});

async function start(up: Partial<LinkConditions>, down: Partial<LinkConditions> = {}) {
  const conditions = { up: { ...CLEAN, ...up }, down: { ...CLEAN, ...down } };
  const relay = await ImpairmentRelay.start(echo.address().port, conditions, 1);
  relays.push(relay);
  return relay;
}

/** @returns what comes back to a client that sends this many numbers */
async function sendNumbers(relay: ImpairmentRelay, count: number): Promise<number[]> {
  const client = createSocket('udp4');
  clients.push(client);
  const received: number[] = [];
  client.on('message', (datagram) => received.push(Number(datagram.toString())));
  for (let number = 0; number < count; number++) {
    client.send(String(number), relay.port, '127.0.0.1');
    if (number % 20 === 0) await sleep(2);
  }
  return received;
}

test('passes both ways, to each client its own', async () => {
  const relay = await start({});
  const [one, other] = await Promise.all([sendNumbers(relay, 10), sendNumbers(relay, 5)]);
  await expect.poll(() => [one.length, other.length]).toEqual([10, 5]);
  expect(one).toEqual([...Array(10).keys()]);
});

test('with delay and jitter the order stays', async () => {
  const relay = await start({ delay: 20, jitter: 30 }, { delay: 5 });
  const received = await sendNumbers(relay, 100);
  await expect.poll(() => received).toEqual([...Array(100).keys()]);
});

test('loses on the way there and on the way back', async () => {
  const relay = await start({ loss: 0.5 }, { loss: 0.5 });
  const received = await sendNumbers(relay, 400);
  await expect.poll(() => received.length).toBeGreaterThan(60);
  await sleep(100);
  expect(received.length).toBeLessThan(140);
});
