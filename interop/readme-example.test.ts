import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Page } from 'puppeteer-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openPage } from './browser.js';
import type { EngineProcess } from './engine-process.js';
import { PageServer } from './page-server.js';
import { newRoom } from './participant.js';
import { SdkParticipant } from './sdk-participant.js';
import { Cleanup, startChromium, startEngine } from './test-room.js';
import { toneOf } from './tones.js';

const README = readFileSync(join(import.meta.dirname, '../README.md'), 'utf8');
const SDK_README = readFileSync(join(import.meta.dirname, '../packages/client/README.md'), 'utf8');
/** A poll every 3 s, as the example has it, twice over. */
const HEARD_MILLISECONDS = 20_000;

const file = new Cleanup();
let engine: EngineProcess;
let chromium: Browser;

beforeAll(async () => {
  engine = await startEngine(file);
  chromium = await startChromium(file);
});
afterAll(() => file.run());

declare global {
  interface Window {
    examplePeerConnection: RTCPeerConnection;
  }
}

/** The example, on this engine, for this room and user. */
function example(room: string, uid: string): string {
  const code = /```js\n(.*?)```/s.exec(README)?.[1] ?? '';
  const changes = [
    ['http://localhost:7000/', engine.url],
    ["'room'", JSON.stringify(room)],
    ["'me'", JSON.stringify(uid)],
  ] as const;
  for (const [from] of changes) expect(code).toContain(from);
  const changed = changes.reduce((text, [from, to]) => text.replaceAll(from, to), code);
  return `(async () => { ${changed}; window.examplePeerConnection = pc; })()`;
}

async function run(room: string, uid: string): Promise<Page> {
  const { page } = await openPage(chromium);
  await page.goto(engine.url);
  await page.evaluate(example(room, uid));
  return page;
}

async function untilHeard(page: Page): Promise<void> {
  await page.waitForFunction(
    async () => {
      const reports = [...(await window.examplePeerConnection.getStats()).values()];
      return reports.some((report) => report.type === 'inbound-rtp' && report.totalAudioEnergy > 0);
    },
    { timeout: HEARD_MILLISECONDS, polling: 200 },
  );
}

test('two people who run the example of the README hear each other', async () => {
  const room = newRoom();
  const [one, other] = await Promise.all([run(room, 'one'), run(room, 'other')]);
  await Promise.all([untilHeard(one), untilHeard(other)]);
});

/** @returns the page that a text holds */
function pageIn(text: string): string {
  return /```html\n(.*?)```/s.exec(text)?.[1] ?? '';
}

test('two people in front of the page of the SDK hear each other and see their names', async () => {
  const html = pageIn(SDK_README);
  expect(html.split('http://localhost:7000').length).toBe(3);
  const server = await PageServer.start(
    html.replaceAll('http://localhost:7000/', engine.url).replaceAll('http://localhost:7000', engine.url),
  );
  file.defer(() => server.stop());
  const enter = async (name: string, tone: number): Promise<SdkParticipant> => {
    const visitor = await SdkParticipant.visit(file, { browser: chromium, page: server.url, tone });
    await visitor.page.locator('input').fill(name);
    await visitor.page.locator('button').click();
    return visitor;
  };
  const [ann, bob] = await Promise.all([enter('Ann', toneOf(1)), enter('Bob', toneOf(2))]);
  await Promise.all([ann.untilHearing([toneOf(2)]), bob.untilHearing([toneOf(1)])]);
  expect(await ann.page.$eval('pre', ({ textContent }) => textContent)).toBe('Bob');
});

test('both READMEs show the same page', () => {
  expect(pageIn(README)).toBe(pageIn(SDK_README));
});
