import type { JoinOptions } from '@kraken/client';
import type { Browser } from 'puppeteer-core';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { freePort } from '../packages/monitor/test/free-port.js';
import { FIREFOX_TONE } from './browser.js';
import { EngineProcess } from './engine-process.js';
import { KrakenClient } from './kraken-client.js';
import { PageServer } from './page-server.js';
import { newRoom } from './participant.js';
import { SdkParticipant } from './sdk-participant.js';
import { SocketBreaker } from './socket-breaker.js';
import { Cleanup, startChromium, startEngine, startFirefox } from './test-room.js';
import { toneOf } from './tones.js';
import { replaceMicrophone } from './visitor.js';

/** What is taken for no gap in sound: browsers under load stutter for less. */
const GAP_MILLISECONDS = 1_000;

/** Long before the engine would end a participant that is not heard of. */
const LEAVE_MILLISECONDS = 10_000;

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

/** @param tone what the microphone hears, null for one that is blocked, undefined for the browser's own */
function open(tone: number | null | undefined, browser = chromium): Promise<SdkParticipant> {
  const microphone = tone === undefined ? {} : { tone };
  const sdk = `${engine.url}kraken-client.js`;
  return SdkParticipant.open(each, { browser, page: application.url, sdk, ...microphone });
}

async function joined(
  tone: number | null,
  options: Omit<JoinOptions, 'url'>,
  url = engine.url,
): Promise<SdkParticipant> {
  const participant = await open(tone);
  await participant.join({ url, ...options });
  return participant;
}

async function startBreaker(): Promise<SocketBreaker> {
  const breaker = await SocketBreaker.start(engine.rpcPort);
  each.defer(() => breaker.close());
  return breaker;
}

test('two who join from a page of another origin hear each other, and see who is muted', async () => {
  const room = `${newRoom()} é & co`;
  const ann = await joined(toneOf(1), { room, name: 'Ann' });
  const bob = await joined(toneOf(2), { room, name: "Bób 李 (he/him) ~'!*+&" });
  await ann.untilHearing([toneOf(2)]);
  await bob.untilHearing([toneOf(1)]);
  await ann.untilSeeing([{ name: "Bób 李 (he/him) ~'!*+&", publishing: true, muted: false }]);
  await ann.untilSignalling('websocket');

  await bob.page.evaluate(() => window.call.mute());
  await ann.untilSeeing([{ muted: true, speaking: false }]);
  await ann.untilHearing([]);
  await bob.page.evaluate(() => window.call.unmute());
  // By the levels that Chromium sends with its packets; a tone that does not end is taken for noise after seconds.
  await ann.untilSeeing([{ muted: false, speaking: true }]);
  await ann.untilHearing([toneOf(2)]);

  await bob.page.evaluate(() => window.call.leave());
  await ann.untilSeeing([]);
  expect(await bob.events()).toContainEqual({ type: 'ended', what: 'left' });
  expect((await ann.events()).at(-1)).toMatchObject({ type: 'left', what: 'ended' });
});

test('who only listens is heard as soon as they unmute, on the same connection', async () => {
  const room = newRoom();
  const ann = await joined(toneOf(1), { room, name: 'Ann' });
  const bob = await joined(toneOf(2), { room, name: 'Bob', microphone: false });
  await bob.untilHearing([toneOf(1)]);
  await ann.untilSeeing([{ name: 'Bob', publishing: false, muted: true }]);
  await bob.watchSilence();
  await bob.page.evaluate(() => window.call.unmute());
  await ann.untilHearing([toneOf(2)]);
  expect(await bob.longestSilence()).toBeLessThan(GAP_MILLISECONDS);

  await bob.page.evaluate(replaceMicrophone, toneOf(3));
  await bob.page.evaluate(() => window.call.setMicrophone('another'));
  await ann.untilHearing([toneOf(3)]);
  await ann.untilSeeing([{ name: 'Bob', publishing: true, muted: false }]);
  await bob.page.evaluate(() => window.call.setMicrophone(null));
  await ann.untilSeeing([{ name: 'Bob', publishing: false, muted: true }]);
  await bob.untilHearing([toneOf(1)]);
});

test('who is not allowed the microphone, or comes to no server, is told so', async () => {
  const room = newRoom();
  const shy = await open(null);
  expect(await shy.joinInVain({ url: engine.url, room, name: 'Shy' })).toBe('permission-denied');
  const nowhere = `http://127.0.0.1:${await freePort()}/`;
  expect(await shy.joinInVain({ url: nowhere, room, name: 'Shy', microphone: false })).toBe('unreachable');
  expect(shy.complaints).toEqual([]);
});

test('one may change their mind at any moment of joining, and is not in the room then', async () => {
  const room = newRoom();
  const fickle = await open(toneOf(1));
  const times = Array.from({ length: 16 }, (_, index) => 10 * index ** 2);
  const ends = await fickle.joinAndLeave({ url: engine.url, room, name: 'Fickle' }, times);
  expect(ends.filter((end) => end !== 'aborted' && end !== 'left')).toEqual([]);
  const list = async (): Promise<unknown> => (await new KrakenClient(engine.url).call('list', room)).peers;
  await expect.poll(list, { timeout: LEAVE_MILLISECONDS }).toEqual([]);
  expect(fickle.complaints).toEqual([]);
});

test('when the microphone is unplugged, the default one takes its place', async () => {
  const room = newRoom();
  const ann = await joined(toneOf(1), { room, name: 'Ann' });
  const bob = await joined(toneOf(2), { room, name: 'Bob' });
  await ann.untilHearing([toneOf(2)]);
  await bob.page.evaluate(replaceMicrophone, toneOf(3));
  await bob.page.evaluate(() => {
    const [track] = window.call.me.stream?.getTracks() ?? [];
    track?.stop();
    track?.dispatchEvent(new Event('ended'));
  });
  await ann.untilHearing([toneOf(3)]);
  expect((await bob.events()).filter(({ type }) => type === 'microphone')).toMatchObject([
    { what: 'ended' },
    { what: 'live' },
  ]);
});

test('Firefox and Chromium hear each other, and each measures how loud and how good', async () => {
  const room = newRoom();
  const firefox = await startFirefox(each);
  const fox = await open(undefined, firefox);
  await fox.join({ url: engine.url, room, name: 'Fox' });
  const ann = await joined(toneOf(1), { room, name: 'Ann' });
  await Promise.all([fox.untilHearing([toneOf(1)]), ann.untilHearing([FIREFOX_TONE])]);
  for (const participant of [fox, ann]) await participant.untilMeasured();
});

test('a second tab with the same id takes the place of the first, which does not fight back', async () => {
  const room = newRoom();
  const other = await joined(toneOf(1), { room, name: 'Other' });
  const first = await joined(toneOf(2), { room, name: 'Twice', id: 'twice' });
  await other.untilHearing([toneOf(2)]);
  await joined(toneOf(3), { room, name: 'Twice', id: 'twice' });
  await first.untilState('ended');
  expect(await first.events()).toContainEqual({ type: 'ended', what: 'displaced' });
  await other.untilHearing([toneOf(3)]);
  expect((await other.events()).filter(({ type }) => type === 'left' || type === 'joined')).toMatchObject([
    { type: 'joined', name: 'Twice' },
  ]);
});

test('closing the page is leaving', async () => {
  const room = newRoom();
  const staying = await joined(toneOf(1), { room, name: 'Staying' });
  const closing = await joined(toneOf(2), { room, name: 'Closing' });
  await staying.untilHearing([toneOf(2)]);
  await closing.page.close({ runBeforeUnload: true });
  await staying.untilSeeing([]);
  expect((await staying.events()).at(-1)).toMatchObject({ type: 'left', name: 'Closing', what: 'ended' });
});

test('when the socket breaks, sound goes on, and so do the news', async () => {
  const room = newRoom();
  const breaker = await startBreaker();
  const ann = await joined(toneOf(1), { room, name: 'Ann' }, breaker.url);
  const bob = await joined(toneOf(2), { room, name: 'Bob' });
  await ann.untilHearing([toneOf(2)]);
  await ann.watchSilence();
  breaker.break();
  await expect.poll(() => breaker.asked).toBe(2);
  await ann.untilSignalling('websocket');
  expect(await ann.longestSilence()).toBeLessThan(GAP_MILLISECONDS);
  await bob.page.evaluate(() => window.call.mute());
  await ann.untilSeeing([{ name: 'Bob', muted: true }]);
  await bob.page.evaluate(() => window.call.unmute());
  await joined(toneOf(3), { room, name: 'Eve' });
  await ann.untilHearing([toneOf(2), toneOf(3)]);
  expect((await ann.events()).filter(({ type }) => type === 'state')).toEqual([]);
});

test('where no socket gets through, polling does; and when one does, it takes over', async () => {
  const room = newRoom();
  const breaker = await startBreaker();
  breaker.passes = false;
  const ann = await joined(toneOf(1), { room, name: 'Ann' }, breaker.url);
  const bob = await joined(toneOf(2), { room, name: 'Bob' }, breaker.url);
  await Promise.all([ann.untilHearing([toneOf(2)]), bob.untilHearing([toneOf(1)])]);
  await ann.untilSignalling('polling');
  await ann.untilSpeaking('Bob');
  await ann.untilSeeing([{ name: 'Bob', publishing: true }]);
  breaker.passes = true;
  await ann.untilSignalling('websocket');
  await bob.page.evaluate(() => window.call.leave());
  await ann.untilSeeing([]);
});

test('when the engine is started anew, those who were on it meet again, and nobody seems to have left', async () => {
  const room = newRoom();
  const first = await EngineProcess.start();
  const ann = await joined(toneOf(1), { room, name: 'Ann' }, first.url);
  const bob = await joined(toneOf(2), { room, name: 'Bob' }, first.url);
  await ann.untilHearing([toneOf(2)]);
  await first.stop();
  await ann.untilState('reconnecting');
  const second = await EngineProcess.start({ rpcPort: first.rpcPort });
  each.defer(() => second.stop());
  await Promise.all([ann.untilHearing([toneOf(2)]), bob.untilHearing([toneOf(1)])]);
  await ann.untilState('connected');
  expect((await ann.events()).map(({ type }) => type)).not.toContain('left');
});
