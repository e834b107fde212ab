import type { Browser } from 'puppeteer-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openPage } from './browser.js';
import { DatachannelParticipant } from './datachannel-participant.js';
import type { EngineProcess } from './engine-process.js';
import { newRoom } from './participant.js';
import { Cleanup, startChromium, startEngine } from './test-room.js';

/** How often the page has looked by then, which it does every two seconds: one look more than it takes. */
const NOTICE_LOOKS = 3;
const CHANGE_MILLISECONDS = 15_000;
/** Opus' frame for silence: what is in the packets does not matter here. */
const SILENCE = Buffer.from([0xf8, 0xff, 0xfe]);

const file = new Cleanup();
let engine: EngineProcess;
let chromium: Browser;

beforeAll(async () => {
  engine = await startEngine(file);
  chromium = await startChromium(file);
});
afterAll(() => file.run());

test('the operator soon sees who loses packets, and mutes them', async () => {
  const { page, context } = await openPage(chromium);
  file.defer(() => context.close());
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  let looks = 0;
  page.on('request', (request) => {
    if (request.url().endsWith('/overview')) looks += 1;
  });
  const text = (selector: string) => page.$eval(selector, (element) => element.textContent ?? '');
  await page.goto(`${engine.url}admin`);
  await page.waitForSelector('#status[data-state="live"]');
  expect(await text('main')).toContain('Everybody is well');

  const room = newRoom();
  const recording = { tone: 0, payloads: [SILENCE] };
  const lossy = new DatachannelParticipant({ url: engine.url, room, recording, losesOneOf: 4 });
  file.defer(() => lossy.close());
  await lossy.join();
  const looksBefore = looks;
  const row = '[aria-label="Participants who need attention"] tbody tr';
  await page.waitForFunction(
    (selector, pattern) => new RegExp(pattern).test(document.querySelector(selector)?.textContent ?? ''),
    { timeout: CHANGE_MILLISECONDS },
    row,
    `${room}.*uplink loss.*[1-9]\\d(\\.\\d+)? %`,
  );
  expect(looks - looksBefore).toBeLessThanOrEqual(NOTICE_LOOKS);

  await page.locator(`${row} a`).click();
  await page.locator('.actions button').click();
  expect(await text('#confirm-text')).toContain('Nobody in the room hears them');
  await page.locator('#confirm-do').click();
  const patience = { timeout: CHANGE_MILLISECONDS };
  await expect.poll(() => text('tbody tr'), patience).toContain('silenced');
  expect(complaints).toEqual([]);
});
