import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Page } from 'puppeteer-core';
import { openPage } from './browser.js';
import type { Reception } from './browser-participant.js';
import { REPOSITORY } from './repository.js';
import type { Cleanup } from './test-room.js';

const SCRIPTS = ['sound.js', 'network.js'].map((name) =>
  readFileSync(join(REPOSITORY, 'interop/agent', name), 'utf8'),
);
const RECONNECTED = 'made another connection meanwhile';

export interface RedirectedCallOptions {
  readonly browser: Browser;
  /** The engine's URL: the SDK is its own. */
  readonly url: string;
  readonly room: string;
  readonly name: string;
  /** Which speech it talks with, and plays nothing; null for a listener. */
  readonly speech: number | null;
  /** Where media goes instead of the engine's UDP port; 0 for that port. */
  readonly mediaPort: number;
}

declare global {
  interface Window {
    /** What agent/network.js exports, as far as it is used here. */
    KrakenNetwork: { redirect(port: number): () => Promise<Reception & { readonly connections: number }> };
    reception: () => Promise<Reception & { readonly connections: number }>;
  }
}

/** Somebody who calls by the SDK, whose media goes to another port than the engine says. */
export class RedirectedCall {
  readonly #page: Page;
  readonly #name: string;

  private constructor(page: Page, name: string) {
    this.#page = page;
    this.#name = name;
  }

  /** Joins in a page that is closed with the rest. */
  static async join(cleanup: Cleanup, options: RedirectedCallOptions): Promise<RedirectedCall> {
    const { browser, url, name, room, speech, mediaPort } = options;
    const { page, context } = await openPage(browser);
    cleanup.defer(() => context.close());
    // Any page of the engine's own is secure, and needs no server in the same network as the browser.
    await page.goto(`${url}healthz`);
    for (const script of SCRIPTS) await page.evaluate(script);
    const content = `import * as kraken from ${JSON.stringify(`${url}kraken-client.js`)}; window.kraken = kraken;`;
    await page.addScriptTag({ type: 'module', content });
    await page.waitForFunction(() => window.kraken !== undefined);
    const join = async (
      seed: number | null,
      port: number,
      call: { url: string; room: string; name: string },
    ) => {
      window.reception = window.KrakenNetwork.redirect(port);
      const { speech } = window.KrakenSound.microphones;
      const microphone = seed === null ? false : (await speech(seed)).track;
      window.call = await window.kraken.join({ ...call, microphone, output: seed === null });
    };
    await page.evaluate(join, speech, mediaPort, { url, room, name });
    return new RedirectedCall(page, name);
  }

  /** @throws when it has had to make another connection since it joined: figures would not go on */
  async reception(): Promise<Reception> {
    const { connections, ...reception } = await this.#page.evaluate(() => window.reception());
    if (connections > 1) throw new Error(`${this.#name} ${RECONNECTED}`);
    return reception;
  }
}
