import type { Browser, Page } from 'puppeteer-core';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { openScene } from './app-page.js';
import { join } from './app-scenes.js';
import { AppServer } from './app-server.js';
import { Cleanup, startChromium } from './test-room.js';

const LOUDNESS_CHANGES = 20;
/** How often something unrelated may lay the page out meanwhile, besides the clock of the call, which does every second. */
const UNRELATED_LAYOUTS = 5;

const file = new Cleanup();
const each = new Cleanup();
let chromium: Browser;
let app: AppServer;

beforeAll(async () => {
  app = await AppServer.start();
  file.defer(() => app.stop());
  chromium = await startChromium(file);
});
afterEach(() => each.run());
afterAll(() => file.run());

function openCall(people: number): Promise<Page> {
  return openScene(each, chromium, app.url, { name: 'call', prepare: join(people) });
}

function look(page: Page): Promise<string | undefined> {
  return page.$eval('#mute', (button) => (button instanceof HTMLElement ? button.dataset.look : undefined));
}

function layouts(page: Page): Promise<number> {
  return page.metrics().then(({ LayoutCount = 0 }) => LayoutCount);
}

test('M mutes, and who is muted talks for as long as the space bar is held', async () => {
  const page = await openCall(2);
  await page.keyboard.press('m');
  expect(await look(page)).toBe('muted');
  expect(await page.title()).toBe('Muted · blue-reef (2) · Kraken');
  await page.keyboard.down('Space');
  expect(await look(page)).toBe('held');
  await page.keyboard.up('Space');
  expect(await look(page)).toBe('muted');
  await page.keyboard.press('m');
  expect(await look(page)).toBe('live');
  await page.keyboard.press('Space');
  expect(await look(page)).toBe('live');
});

test('a button that was clicked leaves the space bar alone, one that was reached by keyboard does not', async () => {
  const page = await openCall(2);
  await page.locator('#mute').click();
  await page.keyboard.down('Space');
  expect(await look(page)).toBe('held');
  await page.keyboard.up('Space');
  expect(await look(page)).toBe('muted');
  await page.focus('#devices');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Space');
  expect(await look(page)).toBe('live');
});

test('keys that are typed elsewhere mute nobody', async () => {
  const page = await openCall(2);
  await page.locator('#devices').click();
  await page.waitForSelector('#device-sheet[open]');
  await page.keyboard.press('m');
  expect(await look(page)).toBe('live');
  await page.keyboard.press('Escape');
  await page.waitForSelector('#device-sheet:not([open])');
});

test('who comes and goes is told to those who cannot see it, and keeps the volume that was set', async () => {
  const page = await openCall(2);
  await page.waitForFunction(() => document.getElementById('announcer')?.textContent === 'Bob Marsh joined.');
  await page.focus('.tile:nth-child(2) .tile-volume');
  await page.keyboard.press('Enter');
  await page.waitForSelector('#volume-sheet[open]');
  await page.locator('#volume-off').click();
  await page.keyboard.press('Escape');
  await page.waitForSelector('.tile[data-volume="off"]');
  // It is seen for a while only.
  await Promise.all([
    page.waitForSelector('.tile[data-state="left"]'),
    page.evaluate(() => window.scriptedCall?.remove('Bob Marsh')),
  ]);
  await page.evaluate(() => window.scriptedCall?.add('Bob Marsh'));
  await page.waitForSelector('.tile[data-state="talking"][data-volume="off"]');
});

test('who presses Join as the microphone opens, joins', async () => {
  const scene = { name: 'opening', isFirstVisit: true, prepare: async () => {} };
  const page = await openScene(each, chromium, app.url, scene);
  await page.evaluate(() => {
    const { mediaDevices } = navigator;
    const open = mediaDevices.getUserMedia.bind(mediaDevices);
    mediaDevices.getUserMedia = async (constraints) => {
      await new Promise((resolve) => addEventListener('mousedown', resolve, { once: true }));
      return open(constraints);
    };
  });
  await page.focus('#check-microphone');
  await page.keyboard.press('Enter');
  await page.hover('#join');
  await page.mouse.down();
  await page.waitForSelector('#microphone:not([hidden])', { visible: true });
  await page.mouse.up();
  await page.waitForSelector('#call:not([hidden])');
});

test('a page that is not secure offers to listen, and nothing else', async () => {
  const scene = { name: 'insecure', isInsecure: true, prepare: async () => {} };
  const page = await openScene(each, chromium, app.url, scene);
  expect(await page.$eval('#notice', ({ textContent }) => textContent)).toContain('needs a secure page');
  expect(await page.$eval('#join', (button) => button.checkVisibility())).toBe(false);
  await page.focus('#name');
  await page.keyboard.press('Enter');
  await page.waitForSelector('.tile[data-state="listening"]');
});

test('the loudness of thirty people moves without laying out the page', async () => {
  const page = await openCall(30);
  await page.waitForSelector('.tile:nth-child(30)');
  const before = await layouts(page);
  const began = performance.now();
  await page.evaluate(async (changes) => {
    for (let change = 1; change <= changes; change += 1) {
      const participants = window.scriptedCall?.participants.values() ?? [];
      for (const participant of participants) Object.assign(participant, { level: (change % 7) / 7 });
      window.scriptedCall?.tell('levels', {});
      await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
    }
  }, LOUDNESS_CHANGES);
  const done = await layouts(page);
  const seconds = Math.ceil((performance.now() - began) / 1000);
  expect(done - before).toBeLessThanOrEqual(UNRELATED_LAYOUTS + seconds);
});

test('who was removed may try again, and who changed their mind finds the form', async () => {
  const page = await openCall(2);
  await page.evaluate(() => window.scriptedCall?.end('removed'));
  await page.waitForSelector('#ended:not([hidden])');
  await page.locator('#rejoin').click();
  await page.waitForSelector('#call:not([hidden])');
  await page.locator('#leave').click();
  await page.waitForSelector('#ended:not([hidden])');
  await page.locator('#elsewhere').click();
  await page.waitForSelector('#prejoin:not([hidden])');
  expect(await page.$eval('#room', (input) => (input instanceof HTMLInputElement ? input.value : ''))).toBe(
    'blue-reef',
  );
});
