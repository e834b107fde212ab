/** One bad network, measured: two who talk and one who listens in Chromium, each behind it. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Browser } from 'puppeteer-core';
import type { Reception } from '../../interop/browser-participant.js';
import { tonesOf, untilHeard } from '../../interop/participant.js';
import { Cleanup, startEngine, TestRoom } from '../../interop/test-room.js';
import type { LinkConditions } from './conditions.js';
import { ImpairmentRelay } from './impairment-relay.js';

const TALKERS = 2;
/** How long the jitter buffers get to know the network, ms. */
const WARM_UP = 5_000;
const SAMPLES_PER_MS = 48;

export interface NetworkResult {
  /** Share of the sound that the decoder made up, silence included: 0 to 1. */
  readonly concealed: number;
  /** ms that sound waits in the jitter buffer, on average. */
  readonly jitterBufferDelay: number;
  /** Share of packets that never came, as the browser counts: 0 to 1. */
  readonly lost: number;
  /** Share of the time for which there was sound, made up or not: 0 to 1. */
  readonly played: number;
}

/**
 * @param conditions of each participant's uplink and downlink
 * @param duration of the measurement, ms
 */
export async function measureNetwork(
  browser: Browser,
  conditions: LinkConditions,
  duration: number,
  seed: number,
): Promise<NetworkResult> {
  const cleanup = new Cleanup();
  try {
    const engine = await startEngine(cleanup);
    const relay = await ImpairmentRelay.start(engine.mediaPort, { up: conditions, down: conditions }, seed);
    cleanup.defer(() => relay.close());
    const room = new TestRoom(engine.url, cleanup);
    const mediaPort = relay.port;
    const talkers = [];
    for (let index = 0; index < TALKERS; index++) talkers.push(await room.join({ browser, mediaPort }));
    const listener = await room.join({ browser, mediaPort, tone: 0 });
    await untilHeard(listener, tonesOf(talkers));
    await sleep(WARM_UP);
    const before = await listener.reception();
    await sleep(duration);
    return resultOf(before, await listener.reception(), duration);
  } finally {
    await cleanup.run();
  }
}

function resultOf(before: Reception, after: Reception, duration: number): NetworkResult {
  const grown = (name: keyof Reception) => after[name] - before[name];
  const samples = grown('samples');
  const packets = grown('packetsReceived') + grown('packetsLost');
  return {
    concealed: grown('concealedSamples') / samples,
    jitterBufferDelay: (1000 * grown('jitterBufferDelay')) / grown('jitterBufferEmitted'),
    lost: grown('packetsLost') / packets,
    played: samples / (TALKERS * duration * SAMPLES_PER_MS),
  };
}
