import type { Browser } from 'puppeteer-core';
import { until } from '../packages/monitor/test/until.js';
import { FIREFOX_TONE } from './browser.js';
import { newRoom } from './participant.js';
import type { Cleanup } from './test-room.js';
import { toneOf } from './tones.js';
import { Visitor } from './visitor.js';

const HEARING_MILLISECONDS = 15_000;

/** People who meet in a room by the web page, each with a tone of its own. */
export class PageCall {
  readonly room = newRoom();
  readonly #url: string;
  readonly #cleanup: Cleanup;
  readonly #people: { readonly visitor: Visitor; readonly tone: number }[] = [];

  /** @param url of the page */
  constructor(url: string, cleanup: Cleanup) {
    this.#url = url;
    this.#cleanup = cleanup;
  }

  get visitors(): readonly Visitor[] {
    return this.#people.map(({ visitor }) => visitor);
  }

  /** Somebody opens the page in Chromium and clicks. */
  async join(browser: Browser, name: string): Promise<Visitor> {
    return this.#join(browser, name, toneOf(this.#people.length));
  }

  /** Somebody opens the page in Firefox and clicks. */
  async joinFromFirefox(browser: Browser, name: string): Promise<Visitor> {
    return this.#join(browser, name, FIREFOX_TONE);
  }

  /** Waits until each hears all the others and nothing else. */
  async untilAllTalk(milliseconds = HEARING_MILLISECONDS): Promise<void> {
    await Promise.all(
      this.#people.map((one) => {
        const others = this.#people.filter((other) => other !== one);
        const tones = others.map(({ tone }) => tone);
        return one.visitor.untilHearing(tones, milliseconds);
      }),
    );
  }

  /**
   * Waits until each has asked to be let in once more, and hears all the others.
   * @param before how often each had asked
   */
  async untilAllAreBack(before: readonly number[], milliseconds: number): Promise<void> {
    const deadline = performance.now() + milliseconds;
    const haveRejoined = async () => (await this.joins()).every((count, i) => count > (before[i] ?? 0));
    await until('all have rejoined', haveRejoined, milliseconds);
    await this.untilAllTalk(deadline - performance.now());
  }

  /** @returns how often each has asked to be let into the room */
  joins(): Promise<readonly number[]> {
    return Promise.all(this.visitors.map((visitor) => visitor.joins()));
  }

  /** Waits until all pages ask for news as seldom as that. */
  async untilAllPollEvery(interval: number, milliseconds: number): Promise<void> {
    const intervals = () => Promise.all(this.visitors.map((visitor) => visitor.pollInterval()));
    await until('all ask seldom', async () => Math.min(...(await intervals())) >= interval, milliseconds);
  }

  /** From here on notices when anybody does not hear somebody. */
  async watchSilences(): Promise<void> {
    for (const visitor of this.visitors) await visitor.watchSilences();
  }

  /** @returns how long anybody did not hear somebody at the most since `watchSilences`, ms */
  async longestSilence(): Promise<number> {
    return Math.max(...(await Promise.all(this.visitors.map((visitor) => visitor.longestSilence()))));
  }

  async #join(browser: Browser, name: string, tone: number): Promise<Visitor> {
    const { room } = this;
    const visitor = await Visitor.open(this.#cleanup, { browser, url: this.#url, room, name, tone });
    await visitor.join();
    this.#people.push({ visitor, tone });
    return visitor;
  }
}
