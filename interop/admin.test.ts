import type { Browser, Page } from 'puppeteer-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { accessToken } from './access-token.js';
import { openPage } from './browser.js';
import { DatachannelParticipant } from './datachannel-participant.js';
import type { EngineProcess } from './engine-process.js';
import { newRoom } from './participant.js';
import { Cleanup, startChromium, startEngine } from './test-room.js';

/** How often the page has looked by then, which it does every two seconds: one look more than it takes. */
const NOTICE_LOOKS = 3;
const CHANGE_MILLISECONDS = 15_000;
const AUTH_SECRET = 'a secret of at least thirty-two octets';
const ADMIN_TOKEN = 'a-token-of-the-operator-and-of-nobody-else';
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

/** A tab for the dashboard, and the errors that its page has told of. */
async function openDashboard(): Promise<{ readonly page: Page; readonly complaints: readonly string[] }> {
  const { page, context } = await openPage(chromium);
  file.defer(() => context.close());
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  return { page, complaints };
}

test('the operator soon sees who loses packets, and mutes them', async () => {
  const { page, complaints } = await openDashboard();
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

test('the operator knows participants by the names that their access tokens tell, and their uids beside', async () => {
  const { url } = await startEngine(file, { authSecret: AUTH_SECRET, adminToken: ADMIN_TOKEN });
  const room = newRoom();
  const tokenOf = (uid: string) => accessToken(AUTH_SECRET, { room, uid, name: 'Bob of the Reef' });
  const recording = { tone: 0, payloads: [SILENCE] };
  const bob = new DatachannelParticipant({ url, room, tokenOf, recording });
  file.defer(() => bob.close());
  await bob.join();
  const { page } = await openDashboard();
  await page.goto(`${url}admin#/rooms/${room}`);
  await page.locator('.token-form input').fill(ADMIN_TOKEN);
  await page.locator('.token-form button').click();
  await page.waitForSelector('tbody tr .name');
  const shown = await page.$eval('tbody tr .name', ({ children }) =>
    [...children].map(({ textContent }) => textContent),
  );
  expect(shown).toEqual(['Bob of the Reef', decodeURIComponent(bob.uid)]);
  expect(await page.$eval('.actions button', (button) => button.ariaLabel)).toBe('Mute Bob of the Reef');
});
