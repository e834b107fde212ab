/** Listeners with fixed slots, in Chromium: they hear those who speak, and negotiate nothing as people come and go. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { JoinOptions } from '@kraken/client';
import type { Browser } from 'puppeteer-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { FIREFOX_TONE } from './browser.js';
import type { EngineProcess } from './engine-process.js';
import { KrakenClient } from './kraken-client.js';
import { PageServer } from './page-server.js';
import { newRoom } from './participant.js';
import { REPOSITORY } from './repository.js';
import { SdkParticipant } from './sdk-participant.js';
import { Cleanup, startChromium, startEngine, startFirefox } from './test-room.js';
import { fromPcm16, toneOf, tonesIn } from './tones.js';
import { Visitor } from './visitor.js';

const LISTENER = join(REPOSITORY, 'packages/engine/src/sdp/fixtures/chromium-recvonly.sdp');
const CHANGE = { timeout: 20_000, interval: 100 };

const file = new Cleanup();
let engine: EngineProcess;
let chromium: Browser;
let application: PageServer;

declare global {
  interface Window {
    /** How many descriptions of the server were set. */
    negotiations: number;
    connections: RTCPeerConnection[];
  }
}

beforeAll(async () => {
  // The listener is on another worker than those whom it hears first.
  engine = await startEngine(file, { workers: 2, spreadRoomAt: 3 });
  chromium = await startChromium(file);
  application = await PageServer.start();
  file.defer(() => application.stop());
});
afterAll(() => file.run());

/** @param tone what the microphone hears, undefined for the browser's own */
async function joined(
  tone: number | undefined,
  options: Omit<JoinOptions, 'url'>,
  browser = chromium,
): Promise<SdkParticipant> {
  const microphone = tone === undefined ? {} : { tone };
  const sdk = `${engine.url}kraken-client.js`;
  const participant = await SdkParticipant.open(file, {
    browser,
    page: application.url,
    sdk,
    ...microphone,
  });
  await participant.page.evaluate(countNegotiations);
  await participant.join({ url: engine.url, ...options });
  return participant;
}

function countNegotiations(): void {
  window.negotiations = 0;
  window.connections = [];
  const set = RTCPeerConnection.prototype.setRemoteDescription;
  RTCPeerConnection.prototype.setRemoteDescription = function (description) {
    window.negotiations += 1;
    if (!window.connections.includes(this)) window.connections.push(this);
    return Reflect.apply(set, this, [description]);
  };
}

/** @returns the names of those who have a stream, each with the tones that it carries */
async function heardBy({ page }: SdkParticipant): Promise<Readonly<Record<string, readonly number[]>>> {
  const sounds = await page.evaluate(() =>
    Promise.all(
      [...window.call.participants.values()].map(async ({ name, stream }) => ({
        name,
        sound: stream === null ? null : await window.KrakenSound.recordSound(stream),
      })),
    ),
  );
  return Object.fromEntries(
    sounds.flatMap(({ name, sound }) => {
      if (sound === null) return [];
      const { sampleRate, samples } = sound;
      return [[name, tonesIn({ sampleRate, samples: fromPcm16(samples) })]];
    }),
  );
}

function negotiationsOf({ page }: SdkParticipant | Visitor): Promise<number> {
  return page.evaluate(() => window.negotiations);
}

async function sentBy({ page }: SdkParticipant): Promise<number> {
  return page.evaluate(async () => {
    let sent = 0;
    for (const connection of window.connections)
      for (const report of (await connection.getStats()).values())
        if (report.type === 'outbound-rtp') sent += report.packetsSent;
    return sent;
  });
}

test('of four who publish, those two are heard who speak, each under their name, on the m-lines of the beginning', async () => {
  const room = newRoom();
  const [ann, bob, carol] = await Promise.all([
    joined(toneOf(1), { room, name: 'Ann' }),
    joined(toneOf(2), { room, name: 'Bob' }),
    joined(toneOf(3), { room, name: 'Carol', muted: true }),
    joined(toneOf(4), { room, name: 'Dave', muted: true }),
  ]);
  const eve = await joined(toneOf(5), { room, name: 'Eve', microphone: false, slots: 2 });
  await expect.poll(() => heardBy(eve), CHANGE).toEqual({ Ann: [toneOf(1)], Bob: [toneOf(2)] });
  await eve.untilHearing([toneOf(1), toneOf(2)]);
  const client = new KrakenClient(engine.url);
  const speaking = async (): Promise<unknown> =>
    (await client.call('list', room)).peers.map((peer) => Reflect.get(peer, 'speaking'));

  const frank = await joined(toneOf(6), { room, name: 'Frank', muted: true });
  await ann.page.evaluate(() => window.call.mute());
  await bob.page.evaluate(() => window.call.mute());
  await eve.untilHearing([]);
  await carol.page.evaluate(() => window.call.unmute());
  // A tone without an end is taken for noise after some seconds: both are looked for from its beginning on.
  await Promise.all([
    expect.poll(() => heardBy(eve), CHANGE).toMatchObject({ Carol: [toneOf(3)] }),
    expect.poll(speaking, CHANGE).toContain(true),
  ]);
  await eve.untilHearing([toneOf(3)]);
  await frank.page.evaluate(() => window.call.leave());
  await carol.page.evaluate(() => window.call.leave());
  await bob.page.evaluate(() => window.call.unmute());
  await eve.untilHearing([toneOf(2)]);

  expect((await eve.see()).map(({ name }) => name).sort()).toEqual(['Ann', 'Bob', 'Dave']);
  expect(await negotiationsOf(eve)).toBe(1);
  expect(await sentBy(eve)).toBe(0);
  expect(eve.complaints).toEqual([]);
});

test('Firefox hears on a slot as well, is heard, and how loud somebody is played goes with them', async () => {
  const room = newRoom();
  const firefox = await startFirefox(file);
  const [fox, bob] = await Promise.all([
    joined(undefined, { room, name: 'Fox', slots: 1 }, firefox),
    joined(toneOf(2), { room, name: 'Bob' }),
  ]);
  await Promise.all([fox.untilHearing([toneOf(2)]), bob.untilHearing([FIREFOX_TONE])]);
  await fox.page.evaluate(() => {
    for (const participant of window.call.participants.values()) participant.volume = 0.25;
  });
  const volumes = (): Promise<number[]> =>
    fox.page.evaluate(() => [...document.querySelectorAll('audio')].map(({ volume }) => volume));
  expect(await volumes()).toEqual([0.25]);
  await bob.page.evaluate(() => window.call.leave());
  await expect.poll(volumes, CHANGE).toEqual([1]);
  await expect.poll(() => fox.see(), CHANGE).toEqual([]);
});

test('the page asks for slots in a large room, plays who speaks and shows who it is', async () => {
  const room = newRoom();
  const client = new KrakenClient(engine.url);
  const jsep = JSON.stringify({
    type: 'offer',
    sdp: readFileSync(LISTENER, 'utf8').replaceAll(/\r?\n/g, '\r\n'),
  });
  for (let listener = 0; listener < 30; listener++) await client.call('publish', room, `l${listener}`, jsep);
  await joined(toneOf(1), { room, name: 'Ann' });
  const eve = await Visitor.open(file, { browser: chromium, url: engine.url, room, name: 'Eve', tone: null });
  await eve.page.evaluate(countNegotiations);
  await eve.join('#listen');
  await eve.untilHearing([toneOf(1)]);
  await eve.untilTile('Ann', 'talking');
  const directions = await eve.page.evaluate(() =>
    window.connections.flatMap((connection) =>
      connection.getTransceivers().map(({ currentDirection }) => currentDirection),
    ),
  );
  expect(directions.filter((direction) => direction === 'recvonly')).toHaveLength(6);
  expect(await negotiationsOf(eve)).toBe(1);
  expect(eve.complaints).toEqual([]);
});
