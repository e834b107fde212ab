import type { Browser } from 'puppeteer-core';
import { FIREFOX_TONE, launchChromium, launchFirefox } from './browser.js';
import { BrowserParticipant, type BrowserParticipantOptions } from './browser-participant.js';
import { type EngineOptions, EngineProcess } from './engine-process.js';
import type { NetworkNamespace } from './network-namespace.js';
import { PageServer } from './page-server.js';
import { newRoom } from './participant.js';
import { toneOf } from './tones.js';

/** Runs what was deferred in reverse order, all of it, also when parts of it fail. */
export class Cleanup {
  readonly #steps: (() => unknown)[] = [];

  defer(step: () => unknown): void {
    this.#steps.push(step);
  }

  /** @throws the first error of the steps */
  async run(): Promise<void> {
    const errors: unknown[] = [];
    for (const step of this.#steps.splice(0).reverse()) {
      try {
        await step();
      } catch (error) {
        errors.push(error);
      }
    }
    if (errors.length > 0) throw errors[0];
  }
}

/** Starts an engine that is stopped with the rest. */
export async function startEngine(cleanup: Cleanup, options: EngineOptions = {}): Promise<EngineProcess> {
  const engine = await EngineProcess.start(options);
  cleanup.defer(() => engine.stop());
  return engine;
}

/** Starts a Chromium that is closed with the rest. */
export async function startChromium(cleanup: Cleanup, namespace?: NetworkNamespace): Promise<Browser> {
  const browser = await launchChromium(namespace);
  cleanup.defer(() => browser.close());
  return browser;
}

/** Starts a Firefox that is closed with the rest. */
export async function startFirefox(cleanup: Cleanup): Promise<Browser> {
  const browser = await launchFirefox();
  cleanup.defer(() => browser.close());
  return browser;
}

type GuestOptions = Pick<BrowserParticipantOptions, 'browser'> & Partial<BrowserParticipantOptions>;

/** One room of an engine, whose participants each get the next tone. */
export class TestRoom {
  readonly id = newRoom();
  readonly url: string;
  readonly #cleanup: Cleanup;
  #tones = 0;

  constructor(url: string, cleanup: Cleanup) {
    this.url = url;
    this.#cleanup = cleanup;
  }

  /** @returns the next participant's tone in hertz */
  nextTone(): number {
    this.#tones += 1;
    return toneOf(this.#tones - 1);
  }

  /** Opens a browser's page for a participant that has not joined yet. */
  async open(options: GuestOptions): Promise<BrowserParticipant> {
    const guest = await BrowserParticipant.open({
      url: this.url,
      room: this.id,
      tone: this.nextTone(),
      ...options,
    });
    this.#cleanup.defer(() => guest.close());
    return guest;
  }

  /** Opens a page of Firefox and joins with its fake microphone, which needs a page from a secure origin. */
  async joinFromFirefox(firefox: Browser): Promise<BrowserParticipant> {
    const server = await PageServer.start();
    this.#cleanup.defer(() => server.stop());
    const tone = FIREFOX_TONE;
    return this.join({ browser: firefox, tone, microphone: 'fake', page: server.url });
  }

  /** Opens a browser's page and joins. */
  async join(options: GuestOptions): Promise<BrowserParticipant> {
    const guest = await this.open(options);
    await guest.join();
    return guest;
  }
}
