import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Browser, Page } from 'puppeteer-core';
import { expect } from 'vitest';
import { openPage } from './browser.js';
import type { Cleanup } from './test-room.js';
import { fromPcm16, tonesIn } from './tones.js';

const SCREENSHOTS = join(import.meta.dirname, '../artifacts/screenshots');
const SOUND_SCRIPT = readFileSync(join(import.meta.dirname, 'agent/sound.js'), 'utf8');
/** The page's colours and tiles change smoothly. */
const TRANSITION_MILLISECONDS = 400;
const CHANGE_MILLISECONDS = 15_000;
const LOOK_MILLISECONDS = 200;

export const DESKTOP = { width: 1100, height: 760 };
export const PHONE = { width: 360, height: 720 };

interface RecordedSound {
  readonly sampleRate: number;
  readonly samples: number[];
}

/** A call that the page made to the server. */
interface RecordedCall {
  readonly method: string;
  /** ms, of the page's clock */
  readonly at: number;
}

declare global {
  interface Window {
    /** What agent/sound.js exports, as far as it is used here. */
    KrakenSound: {
      microphones: Readonly<
        Record<'oscillator' | 'speech', (tone: number) => Promise<{ track: MediaStreamTrack }>>
      >;
      recordSound(stream: MediaStream): Promise<RecordedSound>;
      watchSilence(stream: MediaStream): () => number;
    };
    /** Of the page's players, by `watchSilences`. */
    longestSilences: readonly (() => number)[];
    recordedCalls: RecordedCall[];
  }
}

export interface VisitorOptions {
  readonly browser: Browser;
  /** Of the page. */
  readonly url: string;
  readonly room: string;
  readonly name: string;
  /** What the microphone hears, in hertz; null for somebody who blocks it. Firefox keeps its fake one. */
  readonly tone: number | null;
  readonly viewport?: typeof DESKTOP;
}

/** The web page, with somebody in front of it. */
export class Visitor {
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

  /** Opens the page with its form; it is closed with the rest. */
  static async open(cleanup: Cleanup, options: VisitorOptions): Promise<Visitor> {
    const { browser, url, room, name, tone, viewport = DESKTOP } = options;
    const { page, context } = await openPage(browser);
    cleanup.defer(() => context.close());
    await page.setViewport(viewport);
    await page.evaluateOnNewDocument(SOUND_SCRIPT);
    await page.evaluateOnNewDocument(recordCalls);
    await page.evaluateOnNewDocument(recordSpeakers);
    if (!(await isFirefox(browser))) await page.evaluateOnNewDocument(replaceMicrophone, tone);
    const visitor = new Visitor(name, page);
    await page.goto(`${url}?room=${room}`);
    await page.waitForSelector('#prejoin:not([hidden])');
    return visitor;
  }

  async join(button: '#join' | '#listen' = '#join'): Promise<void> {
    await this.#askToJoin(button);
    await this.untilState('connected');
  }

  /** Tries to join. @returns why that cannot be, as the page says */
  async joinInVain(): Promise<string> {
    await this.#askToJoin('#join');
    await this.page.waitForSelector('#notice:not([hidden])');
    return this.text('#notice');
  }

  /** @returns why the call is over, as the page says when it is */
  async ending(): Promise<string> {
    await this.page.waitForSelector('#ended:not([hidden])');
    return this.text('#ended');
  }

  click(selector: string): Promise<void> {
    return this.page.locator(selector).click();
  }

  async untilState(state: string, milliseconds = 30_000): Promise<void> {
    await this.page.waitForSelector(`#status[data-state="${state}"]`, { timeout: milliseconds });
  }

  /** @returns what an element of the page says */
  text(selector: string): Promise<string> {
    return this.page.$eval(selector, (element) => element.textContent ?? '');
  }

  /**
   * @returns each tile's name and state: `talking`, `muted`, `silenced`, `listening` or `left`; who is shown to speak in any
   * state but the first, is said to
   */
  tiles(): Promise<Readonly<Record<string, string>>> {
    return this.page.evaluate(() =>
      Object.fromEntries(
        Array.from(document.querySelectorAll<HTMLElement>('.tile'), (tile) => {
          const { state = '' } = tile.dataset;
          const isOdd = state !== 'talking' && tile.classList.contains('speaking');
          return [tile.querySelector('.tile-name')?.textContent ?? '', isOdd ? `${state}, speaking` : state];
        }),
      ),
    );
  }

  async untilTiles(expected: Readonly<Record<string, string>>): Promise<void> {
    const patience = { timeout: CHANGE_MILLISECONDS, interval: LOOK_MILLISECONDS };
    await expect.poll(() => this.tiles(), patience).toEqual(expected);
  }

  /**
   * Waits until the page has shown each of them to speak. It may be over: a tone without an end is taken for noise after
   * some seconds.
   */
  async untilSpeaking(names: readonly string[]): Promise<void> {
    const missing = () =>
      this.page.evaluate((wanted) => wanted.filter((name) => !window.speakers.has(name)), names);
    const patience = { timeout: CHANGE_MILLISECONDS, interval: LOOK_MILLISECONDS };
    await expect.poll(missing, patience).toEqual([]);
  }

  /** From here on only those count who speak again. */
  forgetSpeakers(): Promise<void> {
    return this.page.evaluate(() => window.speakers.clear());
  }

  /** @param state `undefined` when there is to be no such tile */
  async untilTile(name: string, state: string | undefined): Promise<void> {
    const patience = { timeout: CHANGE_MILLISECONDS, interval: LOOK_MILLISECONDS };
    await expect.poll(async () => (await this.tiles())[name], patience).toBe(state);
  }

  /** @returns the tones of what the page plays */
  async hear(): Promise<readonly number[]> {
    const heard = await this.page.evaluate(recordPlayers);
    return heard
      .flatMap(({ sampleRate, samples }) => tonesIn({ sampleRate, samples: fromPcm16(samples) }))
      .sort();
  }

  async untilHearing(expected: readonly number[], milliseconds = CHANGE_MILLISECONDS): Promise<void> {
    const patience = { timeout: milliseconds, interval: LOOK_MILLISECONDS };
    await expect.poll(() => this.hear(), patience).toEqual([...expected].sort());
  }

  /** From here on notices when somebody who plays now is not heard; not Firefox, which plays nothing without hardware. */
  async watchSilences(): Promise<void> {
    await this.page.evaluate(watchPlayers);
  }

  /** @returns how long anybody was not heard at the most since `watchSilences`, ms */
  longestSilence(): Promise<number> {
    return this.page.evaluate(() => Math.max(...window.longestSilences.map((longest) => longest())));
  }

  /** @returns how often the page has asked to be let into the room */
  async joins(): Promise<number> {
    return (await this.#callTimes('publish')).length;
  }

  /** @returns for how long the page asks for no news, ms: forever where the server pushes them */
  async pollInterval(): Promise<number> {
    const [previous = 0, last = 0] = (await this.#callTimes('subscribe')).slice(-2);
    const now = await this.page.evaluate(() => performance.now());
    return Math.max(last - previous, now - last);
  }

  /** Firefox cannot be told a colour scheme: it shows the light one. */
  async screenshot(name: string, scheme: 'light' | 'dark' = 'light'): Promise<void> {
    mkdirSync(SCREENSHOTS, { recursive: true });
    const path: `${string}.png` = `${SCREENSHOTS}/${name}.png`;
    if (!(await isFirefox(this.page.browser()))) {
      await this.page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: scheme }]);
    }
    await sleep(TRANSITION_MILLISECONDS);
    await this.page.screenshot({ path });
  }

  async #askToJoin(button: '#join' | '#listen'): Promise<void> {
    // An access token tells who one is.
    const isAsked = await this.page.$eval('#name', (input) => input.matches(':not(:read-only)'));
    if (isAsked) await this.page.locator('#name').fill(this.name);
    await this.page.locator(button).click();
  }

  async #callTimes(wanted: string): Promise<readonly number[]> {
    const calls = await this.page.evaluate(() => window.recordedCalls);
    return calls.filter(({ method }) => method === wanted).map(({ at }) => at);
  }
}

async function isFirefox(browser: Browser): Promise<boolean> {
  return (await browser.version()).toLowerCase().startsWith('firefox');
}

/** Runs in the page: the microphone gives a tone, so that one can tell the visitors apart. */
export function replaceMicrophone(tone: number | null): void {
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

/** Runs in the page: keeps count of its calls to the server, over HTTP and over sockets. */
function recordCalls(): void {
  const { fetch } = window;
  const { send } = WebSocket.prototype;
  const record = (call: unknown) => {
    const { method } = JSON.parse(String(call));
    window.recordedCalls.push({ method, at: performance.now() });
  };
  window.recordedCalls = [];
  window.fetch = (input, init) => {
    record(init?.body);
    return fetch(input, init);
  };
  WebSocket.prototype.send = function (this: WebSocket, data) {
    record(data);
    send.call(this, data);
  };
}

/** Runs in the page: keeps in mind who is shown to speak, however short. */
function recordSpeakers(): void {
  window.speakers = new Set();
  const look = (): void => {
    for (const name of document.querySelectorAll('.tile.speaking .tile-name'))
      window.speakers.add(name.textContent ?? '');
  };
  new MutationObserver(look).observe(document, { subtree: true, attributeFilter: ['class'] });
}

/** Runs in the page: records everything that plays. */
function recordPlayers(): Promise<readonly RecordedSound[]> {
  const streams = Array.from(document.querySelectorAll('audio'), ({ srcObject }) => srcObject);
  const playing = streams.filter((stream) => stream instanceof MediaStream);
  return Promise.all(playing.map((stream) => window.KrakenSound.recordSound(stream)));
}

/** Runs in the page: listens to everything that plays. */
function watchPlayers(): void {
  const streams = Array.from(document.querySelectorAll('audio'), ({ srcObject }) => srcObject);
  const playing = streams.filter((stream) => stream instanceof MediaStream);
  window.longestSilences = playing.map((stream) => window.KrakenSound.watchSilence(stream));
}

/** Runs in the page: what the server has sent of it, in octets, without headers. */
export function loadedOctets(): number {
  const entries = [
    ...performance.getEntriesByType('navigation'),
    ...performance.getEntriesByType('resource'),
  ].filter((entry) => entry instanceof PerformanceResourceTiming);
  return entries.reduce((sum, { encodedBodySize }) => sum + encodedBodySize, 0);
}

/** Runs in the page: whether its policy lets it open a socket to its server. */
export function canOpenSocket(): Promise<boolean> {
  const socket = new WebSocket(`${location.origin.replace('http', 'ws')}/ws?room=policy`);
  return new Promise((resolve) => {
    socket.onopen = () => {
      socket.close();
      resolve(true);
    };
    socket.onerror = () => resolve(false);
  });
}
