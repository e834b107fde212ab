import type { Browser } from 'puppeteer-core';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { FIREFOX_TONE } from './browser.js';
import { EngineProcess } from './engine-process.js';
import { newRoom } from './participant.js';
import { Cleanup, startChromium, startEngine, startFirefox } from './test-room.js';
import { toneOf } from './tones.js';
import { canOpenSocket, DESKTOP, loadedOctets, PHONE, replaceMicrophone, Visitor } from './visitor.js';

/** What the whole page may weigh on its way, in octets. */
const PAGE_OCTETS_MAX = 100_000;
/** Every kind of character that an id has to escape. */
const BOB = "Bób 李 (he/him) ~'!*+&";

const file = new Cleanup();
const each = new Cleanup();
let engine: EngineProcess;
let chromium: Browser;
let firefox: Browser;

beforeAll(async () => {
  engine = await startEngine(file);
  chromium = await startChromium(file);
  firefox = await startFirefox(file);
});
afterEach(() => each.run());
afterAll(() => file.run());

function open(
  browser: Browser,
  room: string,
  name: string,
  tone: number | null,
  viewport = DESKTOP,
  url = engine.url,
): Promise<Visitor> {
  return Visitor.open(each, { browser, room, name, tone, viewport, url });
}

test('two visitors of the page meet, hear each other, mute and leave', async () => {
  const room = newRoom();
  const alice = await open(chromium, room, 'Alice Liddell', toneOf(1));
  const bob = await open(firefox, room, BOB, FIREFOX_TONE);
  await alice.screenshot('page-prejoin');
  for (const { page } of [alice, bob]) {
    expect(await page.evaluate(loadedOctets)).toBeLessThan(PAGE_OCTETS_MAX);
    expect(await page.evaluate(canOpenSocket)).toBe(true);
  }
  await alice.join();
  await alice.screenshot('page-alone', 'dark');
  await bob.join();
  await alice.untilTiles({ 'Alice Liddell': 'talking', [BOB]: 'talking' });
  await bob.untilTiles({ 'Alice Liddell': 'talking', [BOB]: 'talking' });
  await alice.untilSpeaking(['Alice Liddell', BOB]);
  await bob.untilSpeaking([BOB]);
  await alice.untilHearing([FIREFOX_TONE]);
  await bob.untilHearing([toneOf(1)]);
  await alice.screenshot('page-call-light');
  await bob.screenshot('page-call-firefox');

  await bob.page.keyboard.press('m');
  await alice.untilHearing([]);
  await alice.untilTiles({ 'Alice Liddell': 'talking', [BOB]: 'muted' });
  await bob.untilTiles({ 'Alice Liddell': 'talking', [BOB]: 'muted' });
  await bob.click('#mute');
  await alice.untilHearing([FIREFOX_TONE]);

  await Promise.all([alice.untilTile(BOB, 'left'), bob.click('#leave')]);
  await alice.screenshot('page-left', 'dark');
  await alice.untilTile(BOB, undefined);
  expect(await bob.ending()).toContain('You left the call.');
  expect([...alice.complaints, ...bob.complaints]).toEqual([]);
});

test('who blocks the microphone is told so, listens, and may speak later', async () => {
  const room = newRoom();
  const alice = await open(chromium, room, 'Alice', toneOf(1));
  await alice.join();
  const shy = await open(chromium, room, 'Shy', null, PHONE);
  expect(await shy.joinInVain()).toContain('The microphone is blocked.');
  await shy.screenshot('page-blocked-phone');
  await shy.join('#listen');
  await shy.untilTiles({ Alice: 'talking', Shy: 'listening' });
  await alice.untilTiles({ Alice: 'talking', Shy: 'listening' });
  await shy.untilHearing([toneOf(1)]);
  await shy.screenshot('page-listening-phone', 'dark');

  await shy.page.evaluate(replaceMicrophone, toneOf(6));
  await shy.click('#mute');
  await alice.untilHearing([toneOf(6)]);
  await shy.untilHearing([toneOf(1)]);
});

test('closing the page is leaving', async () => {
  const room = newRoom();
  const staying = await open(chromium, room, 'Staying', toneOf(1));
  const closing = await open(chromium, room, 'Closing', toneOf(2));
  await staying.join();
  await closing.join();
  await staying.untilTiles({ Staying: 'talking', Closing: 'talking' });
  await Promise.all([staying.untilTile('Closing', 'left'), closing.page.close({ runBeforeUnload: true })]);
});

test('a second tab with the same seat displaces the first, which does not fight back', async () => {
  const room = newRoom();
  const first = await open(chromium, room, 'Twice', toneOf(1));
  const other = await open(chromium, room, 'Other', toneOf(2));
  await first.join();
  await other.join();
  await other.untilHearing([toneOf(1)]);
  const seat = await first.page.evaluate(() => sessionStorage.getItem('kraken.uuid') ?? '');
  const second = await open(chromium, room, 'Twice', toneOf(5));
  await second.page.evaluate((uuid) => sessionStorage.setItem('kraken.uuid', uuid), seat);
  await second.join();
  expect(await first.ending()).toContain('You joined somewhere else.');
  await other.untilHearing([toneOf(5)]);
  await first.screenshot('page-displaced', 'dark');
});

test('when the engine is started anew, its visitors come back by themselves', async () => {
  const room = newRoom();
  const first = await EngineProcess.start();
  const visitors = [
    await open(chromium, room, 'One', toneOf(1), DESKTOP, first.url),
    await open(chromium, room, 'Two', toneOf(2), DESKTOP, first.url),
  ] as const;
  for (const visitor of visitors) await visitor.join();
  await visitors[0].untilHearing([toneOf(2)]);
  await first.stop();
  await visitors[0].untilState('reconnecting');
  await visitors[0].screenshot('page-reconnecting');
  const second = await EngineProcess.start({ rpcPort: first.rpcPort });
  each.defer(() => second.stop());
  await visitors[0].untilHearing([toneOf(2)]);
  await visitors[1].untilHearing([toneOf(1)]);
  await visitors[0].untilTiles({ One: 'talking', Two: 'talking' });
});
