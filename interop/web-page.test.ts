import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Browser, Page } from 'puppeteer-core';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { FIREFOX_TONE, openPage } from './browser.js';
import { EngineProcess } from './engine-process.js';
import { newRoom } from './participant.js';
import { Cleanup, startChromium, startEngine, startFirefox } from './test-room.js';
import { fromPcm16, toneOf, tonesIn } from './tones.js';

const SCREENSHOTS = join(import.meta.dirname, '../artifacts');
const SOUND_SCRIPT = readFileSync(join(import.meta.dirname, 'agent/sound.js'), 'utf8');
/** The page's colours and tiles change smoothly. */
const TRANSITION_MILLISECONDS = 400;
/** Every kind of character that an id has to escape. */
const BOB = "Bób 李 (he/him) ~'!*+&";
const DESKTOP = { width: 1100, height: 760 };
const PHONE = { width: 360, height: 720 };

const file = new Cleanup();
const each = new Cleanup();
let engine: EngineProcess;
let chromium: Browser;
let firefox: Browser;

beforeAll(async () => {
  mkdirSync(SCREENSHOTS, { recursive: true });
  engine = await startEngine(file);
  chromium = await startChromium(file);
  firefox = await startFirefox(file);
});
afterEach(() => each.run());
afterAll(() => file.run());

interface RecordedSound {
  readonly sampleRate: number;
  readonly samples: number[];
}

declare global {
  interface Window {
    /** What agent/sound.js exports, as far as it is used here. */
    KrakenSound: { recordSound(stream: MediaStream): Promise<RecordedSound> };
  }
}

/** The engine's own page, with somebody in front of it. */
class Visitor {
  readonly name: string;
  readonly page: Page;
  /** What the browser complains about: scripts' errors, violations of the page's security policy. */
  readonly complaints: string[] = [];

  private constructor(name: string, page: Page) {
    this.name = name;
    this.page = page;
    page.on('pageerror', (error) => this.complaints.push(String(error)));
    page.on('console', (message) => {
      if (message.type() === 'error') this.complaints.push(message.text());
    });
  }

  /**
   * @param tone what the microphone hears, in hertz; null for somebody who blocks it. Firefox keeps its fake one.
   */
  static async open(
    browser: Browser,
    room: string,
    name: string,
    tone: number | null,
    viewport = DESKTOP,
    url = engine.url,
  ): Promise<Visitor> {
    const { page, context } = await openPage(browser);
    each.defer(() => context.close());
    await page.setViewport(viewport);
    await page.evaluateOnNewDocument(SOUND_SCRIPT);
    if (browser !== firefox) await page.evaluateOnNewDocument(replaceMicrophone, tone);
    const visitor = new Visitor(name, page);
    await page.goto(`${url}?room=${room}`);
    await page.waitForSelector('#lobby:not([hidden])');
    return visitor;
  }

  async join(button: '#join' | '#listen' = '#join'): Promise<void> {
    await this.page.locator('#name').fill(this.name);
    await this.page.locator(button).click();
    await this.page.waitForSelector('#status[data-state="connected"]');
  }

  click(selector: string): Promise<void> {
    return this.page.locator(selector).click();
  }

  /** @returns each tile's name and state: `self`, `talking`, `speaking`, `listening`, `left` … */
  tiles(): Promise<Readonly<Record<string, string>>> {
    return this.page.evaluate(() =>
      Object.fromEntries(
        Array.from(document.querySelectorAll<HTMLElement>('.tile'), (tile) => [
          tile.querySelector('.tile-name')?.textContent ?? '',
          tile.classList.contains('speaking') ? 'speaking' : (tile.dataset.state ?? ''),
        ]),
      ),
    );
  }

  async untilTiles(expected: Readonly<Record<string, string>>): Promise<void> {
    await expect.poll(() => this.tiles(), { timeout: 15_000, interval: 200 }).toEqual(expected);
  }

  /** @returns the tones of what the page plays */
  async hear(): Promise<readonly number[]> {
    const heard = await this.page.evaluate(recordPlayers);
    return heard
      .flatMap(({ sampleRate, samples }) => tonesIn({ sampleRate, samples: fromPcm16(samples) }))
      .sort();
  }

  async untilHearing(expected: readonly number[]): Promise<void> {
    await expect.poll(() => this.hear(), { timeout: 15_000, interval: 200 }).toEqual([...expected].sort());
  }

  /** Firefox cannot be told a colour scheme: it shows the light one. */
  async screenshot(name: string, scheme: 'light' | 'dark' = 'light'): Promise<void> {
    const path: `${string}.png` = `${SCREENSHOTS}/${name}.png`;
    if (this.page.browser() === chromium) {
      await this.page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: scheme }]);
    }
    await sleep(TRANSITION_MILLISECONDS);
    await this.page.screenshot({ path });
  }
}

/** Runs in the page: the microphone gives a tone, so that one can tell the visitors apart. */
function replaceMicrophone(tone: number | null): void {
  navigator.mediaDevices.getUserMedia = async () => {
    if (tone === null) throw new DOMException('denied', 'NotAllowedError');
    const context = new AudioContext();
    await context.resume();
    const destination = context.createMediaStreamDestination();
    const oscillator = new OscillatorNode(context, { frequency: tone });
    oscillator.connect(new GainNode(context, { gain: 0.25 })).connect(destination);
    oscillator.start();
    return destination.stream;
  };
}

/** Runs in the page: records everything that plays. */
function recordPlayers(): Promise<readonly RecordedSound[]> {
  const streams = Array.from(document.querySelectorAll('audio'), ({ srcObject }) => srcObject);
  const playing = streams.filter((stream) => stream instanceof MediaStream);
  return Promise.all(playing.map((stream) => window.KrakenSound.recordSound(stream)));
}

test('two visitors of the page meet, hear each other, mute and leave', async () => {
  const room = newRoom();
  const alice = await Visitor.open(chromium, room, 'Alice Liddell', toneOf(1));
  const bob = await Visitor.open(firefox, room, BOB, FIREFOX_TONE);
  await alice.screenshot('page-lobby');
  await alice.join();
  await alice.screenshot('page-alone', 'dark');
  await bob.join();
  await alice.untilTiles({ 'Alice Liddell': 'speaking', [BOB]: 'speaking' });
  await bob.untilTiles({ 'Alice Liddell': 'talking', [BOB]: 'self' });
  await alice.untilHearing([FIREFOX_TONE]);
  await bob.untilHearing([toneOf(1)]);
  await alice.screenshot('page-call-light');
  await bob.screenshot('page-call-firefox');

  await bob.page.keyboard.press('m');
  await alice.untilHearing([]);
  await alice.untilTiles({ 'Alice Liddell': 'speaking', [BOB]: 'talking' });
  await bob.untilTiles({ 'Alice Liddell': 'talking', [BOB]: 'self-muted' });
  await bob.click('#mute');
  await alice.untilHearing([FIREFOX_TONE]);

  await bob.click('#leave');
  await alice.untilTiles({ 'Alice Liddell': 'speaking', [BOB]: 'left' });
  await alice.screenshot('page-left', 'dark');
  await alice.untilTiles({ 'Alice Liddell': 'speaking' });
  await bob.page.waitForSelector('#notice:not([hidden])');
  expect([...alice.complaints, ...bob.complaints]).toEqual([]);
});

test('who blocks the microphone is told so, listens, and may speak later', async () => {
  const room = newRoom();
  const alice = await Visitor.open(chromium, room, 'Alice', toneOf(1));
  await alice.join();
  const shy = await Visitor.open(chromium, room, 'Shy', null, PHONE);
  await shy.page.locator('#name').fill('Shy');
  await shy.click('#join');
  await shy.page.waitForSelector('#notice:not([hidden])');
  expect(await shy.page.$eval('#notice', (notice) => notice.textContent)).toContain(
    'The microphone is blocked.',
  );
  await shy.screenshot('page-blocked-phone');
  await shy.join('#listen');
  await shy.untilTiles({ Alice: 'speaking', Shy: 'listening' });
  await alice.untilTiles({ Alice: 'speaking', Shy: 'listening' });
  await shy.untilHearing([toneOf(1)]);
  await shy.screenshot('page-listening-phone', 'dark');

  await shy.page.evaluate(replaceMicrophone, toneOf(6));
  await shy.click('#mute');
  await alice.untilHearing([toneOf(6)]);
  await shy.untilHearing([toneOf(1)]);
});

test('closing the page is leaving', async () => {
  const room = newRoom();
  const staying = await Visitor.open(chromium, room, 'Staying', toneOf(1));
  const closing = await Visitor.open(chromium, room, 'Closing', toneOf(2));
  await staying.join();
  await closing.join();
  await staying.untilTiles({ Staying: 'speaking', Closing: 'speaking' });
  await closing.page.close({ runBeforeUnload: true });
  await staying.untilTiles({ Staying: 'speaking', Closing: 'left' });
});

test('a second tab with the same seat displaces the first, which does not fight back', async () => {
  const room = newRoom();
  const first = await Visitor.open(chromium, room, 'Twice', toneOf(1));
  const other = await Visitor.open(chromium, room, 'Other', toneOf(2));
  await first.join();
  await other.join();
  await other.untilHearing([toneOf(1)]);
  const seat = await first.page.evaluate(() => sessionStorage.getItem('kraken.uuid') ?? '');
  const second = await Visitor.open(chromium, room, 'Twice', toneOf(5));
  await second.page.evaluate((uuid) => sessionStorage.setItem('kraken.uuid', uuid), seat);
  await second.join();
  await first.page.waitForSelector('#notice:not([hidden])');
  expect(await first.page.$eval('#notice', (notice) => notice.textContent)).toContain(
    'You joined somewhere else.',
  );
  await other.untilHearing([toneOf(5)]);
  await first.screenshot('page-displaced', 'dark');
});

test('when the engine is started anew, its visitors come back by themselves', async () => {
  const room = newRoom();
  const first = await EngineProcess.start();
  const visitors = [
    await Visitor.open(chromium, room, 'One', toneOf(1), DESKTOP, first.url),
    await Visitor.open(chromium, room, 'Two', toneOf(2), DESKTOP, first.url),
  ] as const;
  for (const visitor of visitors) await visitor.join();
  await visitors[0].untilHearing([toneOf(2)]);
  await first.stop();
  await visitors[0].page.waitForSelector('#status[data-state="reconnecting"]');
  await visitors[0].screenshot('page-reconnecting');
  const second = await EngineProcess.start({ rpcPort: first.rpcPort });
  each.defer(() => second.stop());
  await visitors[0].untilHearing([toneOf(2)]);
  await visitors[1].untilHearing([toneOf(1)]);
  await visitors[0].untilTiles({ One: 'speaking', Two: 'speaking' });
});
