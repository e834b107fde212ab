import type { Browser } from 'puppeteer-core';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { CLEAN } from '../bench/networks/conditions.js';
import { ImpairmentRelay } from '../bench/networks/impairment-relay.js';
import type { BrowserParticipant } from './browser-participant.js';
import type { EngineProcess } from './engine-process.js';
import { tonesOf, untilHeard } from './participant.js';
import { Cleanup, startChromium, startEngine, TestRoom } from './test-room.js';

/** Browsers report on what they receive every few seconds. */
const REPORTED = { timeout: 30_000, interval: 500 };
const SEED = 4;
/** Share of packets. */
const LOSS = 0.15;
/** Packets with redundancy after which the jitter buffer is used to the loss: 5 s. */
const SETTLED = 250;
/** Packets that were recovered after which it is too. */
const RECOVERED = 40;
/** Three seconds. */
const MEASURED_SAMPLES = 144_000;

const file = new Cleanup();
const each = new Cleanup();
let engine: EngineProcess;
let chromium: Browser;

beforeAll(async () => {
  engine = await startEngine(file, { workers: 1, retransmission: false });
  chromium = await startChromium(file);
});
afterEach(() => each.run());
afterAll(() => file.run());

/** @returns the port of a network in front of the engine that loses packets one way or both */
async function lossy(loss: { readonly up: number; readonly down: number }): Promise<number> {
  const up = { ...CLEAN, loss: loss.up };
  const down = { ...CLEAN, loss: loss.down };
  const relay = await ImpairmentRelay.start(engine.mediaPort, { up, down }, SEED);
  each.defer(() => relay.close());
  return relay.port;
}

async function metric(name: string): Promise<number> {
  const text = await (await fetch(`${engine.url}metrics`)).text();
  return Number(new RegExp(`^${name}\\{worker="0"\\} (\\d+)$`, 'm').exec(text)?.[1]);
}

/** @returns of what it plays from here on */
async function concealedShare(listener: BrowserParticipant): Promise<number> {
  const before = await listener.reception();
  let after = before;
  await vi.waitFor(async () => {
    after = await listener.reception();
    expect(after.samples - before.samples).toBeGreaterThan(MEASURED_SAMPLES);
  }, REPORTED);
  return (after.concealedSamples - before.concealedSamples) / (after.samples - before.samples);
}

test('what Chromium sends in RED is heard as Opus, and what its uplink loses is recovered', async () => {
  const room = new TestRoom(engine.url, each);
  const mediaPort = await lossy({ up: LOSS, down: 0 });
  const listener = await room.join({ browser: chromium, tone: 0 });
  const speaker = await room.join({ browser: chromium, mediaPort, prefersRedundancy: true });
  await untilHeard(listener, tonesOf([speaker]));
  await vi.waitFor(
    async () => expect(await metric('kraken_recovered_packets_total')).toBeGreaterThan(RECOVERED),
    REPORTED,
  );
  expect(await concealedShare(listener)).toBeLessThan(LOSS / 3);
});

test('Chromium gets RED while its downlink loses packets, and conceals little', async () => {
  const room = new TestRoom(engine.url, each);
  const mediaPort = await lossy({ up: 0, down: LOSS });
  const speaker = await room.join({ browser: chromium });
  const listener = await room.join({ browser: chromium, tone: 0, mediaPort });
  const redundant = () => metric('kraken_redundant_packets_total');
  const sent = await redundant();
  await vi.waitFor(async () => expect(await redundant()).toBeGreaterThan(sent + SETTLED), REPORTED);
  expect(await concealedShare(listener)).toBeLessThan(LOSS / 4);
  await untilHeard(listener, tonesOf([speaker]));
});
