/** What publishers' browsers do with what the engine tells of their uplink, and with what it says about Opus. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Browser } from 'puppeteer-core';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { CLEAN, type LinkConditions } from '../bench/networks/conditions.js';
import { ImpairmentRelay } from '../bench/networks/impairment-relay.js';
import type { BrowserParticipant } from './browser-participant.js';
import type { EngineProcess } from './engine-process.js';
import { Cleanup, startChromium, startEngine, TestRoom } from './test-room.js';

/** One that cannot be heard, so that nothing but silence is encoded. */
const SILENCE = 1e-9;
const PACKETS_PER_SECOND = 50;
const PATIENCE = 25_000;

const file = new Cleanup();
const each = new Cleanup();
let engine: EngineProcess;
let chromium: Browser;

beforeAll(async () => {
  // What is sent again is no loss: then there is nothing to adapt to.
  engine = await startEngine(file, { workers: 1, recovery: false });
  chromium = await startChromium(file);
});
afterEach(() => each.run());
afterAll(() => file.run());

async function startUplink(conditions: Partial<LinkConditions>): Promise<number> {
  const up = { ...CLEAN, delay: 20, ...conditions };
  const relay = await ImpairmentRelay.start(engine.mediaPort, { up, down: CLEAN }, 1);
  each.defer(() => relay.close());
  return relay.port;
}

/** @returns a number that getStats tells, of the first entry of that type; 0 while it tells none */
async function told(guest: BrowserParticipant, type: string, name: string): Promise<number> {
  const entries = await guest.report();
  const entry = entries.find(
    (one) => one.type === type && (type !== 'candidate-pair' || one.nominated === true),
  );
  const value = entry?.[name];
  return typeof value === 'number' ? value : 0;
}

test("Chromium's estimate of a narrow uplink falls from the 300 kbit/s that it begins with to what passes", async () => {
  const mediaPort = await startUplink({ rate: 64_000, queue: 8_000 });
  const room = new TestRoom(engine.url, each);
  const guest = await room.join({ browser: chromium, mediaPort, microphone: 'speech', tone: 3 });
  const estimate = () => told(guest, 'candidate-pair', 'availableOutgoingBitrate');
  await expect.poll(estimate, { timeout: PATIENCE, interval: 100 }).toBeGreaterThan(0);
  await expect.poll(estimate, { timeout: PATIENCE, interval: 250 }).toBeLessThan(90_000);
  expect(await estimate()).toBeGreaterThan(40_000);
});

test('a publisher whose SDP has usedtx=1 sends next to nothing of silence, which is no loss to others', async () => {
  const room = new TestRoom(engine.url, each);
  const guest = await room.join({ browser: chromium, tone: SILENCE, opus: 'usedtx=1' });
  const listener = await room.join({ browser: chromium, tone: 0 });
  const received = () => told(listener, 'inbound-rtp', 'packetsReceived');
  await expect.poll(received, { timeout: PATIENCE }).toBeGreaterThan(0);
  const before = { sent: await told(guest, 'outbound-rtp', 'packetsSent'), received: await received() };
  const seconds = 4;
  await sleep(seconds * 1000);
  const sent = (await told(guest, 'outbound-rtp', 'packetsSent')) - before.sent;
  expect(sent).toBeGreaterThan(0);
  expect(sent).toBeLessThan((seconds * PACKETS_PER_SECOND) / 4);
  expect((await received()) - before.received).toBeGreaterThan(0);
  expect(await told(listener, 'inbound-rtp', 'packetsLost')).toBe(0);
});

test('in-band FEC of a publisher whose packets are lost reaches who listens', async () => {
  const mediaPort = await startUplink({ loss: 0.15 });
  const room = new TestRoom(engine.url, each);
  await room.join({ browser: chromium, mediaPort, microphone: 'speech', tone: 3 });
  const listener = await room.join({ browser: chromium, tone: 0 });
  const redundancy = async () => (await listener.reception()).redundancyUsed;
  await expect.poll(redundancy, { timeout: PATIENCE, interval: 250 }).toBeGreaterThan(0);
});

test('a publisher sends no more than its SDP allows', async () => {
  const room = new TestRoom(engine.url, each);
  const guest = await room.join({ browser: chromium, opus: 'maxaveragebitrate=20000' });
  const target = () => told(guest, 'outbound-rtp', 'targetBitrate');
  await expect.poll(target, { timeout: PATIENCE, interval: 100 }).toBe(20_000);
});
