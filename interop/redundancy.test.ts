import type { Browser } from 'puppeteer-core';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { CLEAN } from '../bench/networks/conditions.js';
import { ImpairmentRelay } from '../bench/networks/impairment-relay.js';
import type { EngineProcess } from './engine-process.js';
import { tonesOf, untilHeard } from './participant.js';
import { Cleanup, startChromium, startEngine, TestRoom } from './test-room.js';

/** Browsers report on what they receive every few seconds. */
const REPORTED = { timeout: 30_000, interval: 500 };
const SEED = 4;
/** Share of packets. */
const LOSS = 0.15;
/** Packets with redundancy after which the jitter buffer is used to the loss: 8 s. */
const SETTLED = 400;
/** Five seconds. */
const MEASURED_SAMPLES = 240_000;

const file = new Cleanup();
const each = new Cleanup();
let engine: EngineProcess;
let chromium: Browser;

beforeAll(async () => {
  engine = await startEngine(file, { workers: 1 });
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

test('what Chromium sends in RED is heard as Opus, and what its uplink loses is recovered', async () => {
  const room = new TestRoom(engine.url, each);
  const mediaPort = await lossy({ up: LOSS, down: 0 });
  const listener = await room.join({ browser: chromium, tone: 0 });
  const speaker = await room.join({ browser: chromium, mediaPort, prefersRedundancy: true });
  await untilHeard(listener, tonesOf([speaker]));
  await vi.waitFor(
    async () => expect(await metric('kraken_recovered_packets_total')).toBeGreaterThan(20),
    REPORTED,
  );
  const { packetsReceived, packetsLost } = await listener.reception();
  expect(packetsLost).toBeLessThan((LOSS / 3) * packetsReceived);
});

test('Chromium gets RED while its downlink loses packets, and conceals little', async () => {
  const room = new TestRoom(engine.url, each);
  const mediaPort = await lossy({ up: 0, down: LOSS });
  const speaker = await room.join({ browser: chromium });
  const listener = await room.join({ browser: chromium, tone: 0, mediaPort });
  const redundant = () => metric('kraken_redundant_packets_total');
  const sent = await redundant();
  await vi.waitFor(async () => expect(await redundant()).toBeGreaterThan(sent + SETTLED), REPORTED);
  const before = await listener.reception();
  await untilHeard(listener, tonesOf([speaker]));
  await vi.waitFor(async () => {
    const { samples } = await listener.reception();
    expect(samples - before.samples).toBeGreaterThan(MEASURED_SAMPLES);
  }, REPORTED);
  const after = await listener.reception();
  const concealed = after.concealedSamples - before.concealedSamples;
  expect(concealed / (after.samples - before.samples)).toBeLessThan(LOSS / 4);
});
