import type { JoinOptions } from '@kraken/client';
import type { Browser } from 'puppeteer-core';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { EngineProcess } from './engine-process.js';
import { PageServer } from './page-server.js';
import { newRoom } from './participant.js';
import { SdkParticipant } from './sdk-participant.js';
import { Cleanup, startChromium, startEngine } from './test-room.js';
import { toneOf } from './tones.js';

const file = new Cleanup();
const each = new Cleanup();
let engine: EngineProcess;
let chromium: Browser;
let application: PageServer;

beforeAll(async () => {
  engine = await startEngine(file);
  chromium = await startChromium(file);
  application = await PageServer.start();
  file.defer(() => application.stop());
});
afterEach(() => each.run());
afterAll(() => file.run());

function open(tone: number | null): Promise<SdkParticipant> {
  return SdkParticipant.open(each, {
    browser: chromium,
    page: application.url,
    sdk: `${engine.url}kraken-client.js`,
    tone,
  });
}

async function joined(tone: number, options: Omit<JoinOptions, 'url'>): Promise<SdkParticipant> {
  const participant = await open(tone);
  await participant.join({ url: engine.url, ...options });
  return participant;
}

test('two who join from a page of another origin hear each other, and see who is muted', async () => {
  const room = `${newRoom()} é & co`;
  const ann = await joined(toneOf(1), { room, name: 'Ann' });
  const bob = await joined(toneOf(2), { room, name: "Bób 李 (he/him) ~'!*+&" });
  await ann.untilHearing([toneOf(2)]);
  await bob.untilHearing([toneOf(1)]);
  await ann.untilSeeing([{ name: "Bób 李 (he/him) ~'!*+&", publishing: true, muted: false }]);
  expect(await ann.signalling()).toBe('websocket');

  await bob.page.evaluate(() => window.call.mute());
  await ann.untilSeeing([{ muted: true }]);
  await ann.untilHearing([]);
  await bob.page.evaluate(() => window.call.unmute());
  await ann.untilSeeing([{ muted: false }]);
  await ann.untilHearing([toneOf(2)]);

  await bob.page.evaluate(() => window.call.leave());
  await ann.untilSeeing([]);
  expect(await bob.events()).toContainEqual({ type: 'ended', what: 'left' });
  expect((await ann.events()).at(-1)).toMatchObject({ type: 'left', what: 'ended' });
});
