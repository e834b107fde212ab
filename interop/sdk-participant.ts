import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Call, CallEventMap, CallStatistics, JoinOptions } from '@kraken/client';
import type { Browser, Page } from 'puppeteer-core';
import { expect } from 'vitest';
import { openPage } from './browser.js';
import type { Cleanup } from './test-room.js';
import { fromPcm16, tonesIn } from './tones.js';
import { replaceMicrophone } from './visitor.js';

const SOUND_SCRIPT = readFileSync(join(import.meta.dirname, 'agent/sound.js'), 'utf8');
const CHANGE_MILLISECONDS = 20_000;
const LOOK_MILLISECONDS = 100;

/** What was told of a call, in short. */
interface RecordedEvent {
  readonly type: string;
  readonly name: string | undefined;
  /** The state or the reason that it carries. */
  readonly what: string | undefined;
}

declare global {
  interface Window {
    kraken: typeof import('@kraken/client');
    call: Call;
    callEvents: RecordedEvent[];
    /** Names of those who were told to speak. */
    speakers: Set<string>;
    longestSilence: () => number;
  }
}

export interface VisitOptions {
  readonly browser: Browser;
  /** A secure page, whose origin may be another than the server's. */
  readonly page: string;
  /** What the microphone hears, in hertz; null for somebody who blocks it. Left out for pages that have none. */
  readonly tone?: number | null;
}

export interface SdkParticipantOptions extends VisitOptions {
  /** Where the SDK comes from. */
  readonly sdk: string;
}

/** What somebody sees of one of the others, or of themselves. */
export interface Seen {
  readonly name: string;
  readonly publishing: boolean;
  readonly muted: boolean;
  readonly speaking: boolean;
}

/** Somebody in an application that is built on the SDK. */
export class SdkParticipant {
  readonly page: Page;
  /** What the browser complains about: scripts' errors, also those of promises that nobody awaits. */
  readonly complaints: string[] = [];

  private constructor(page: Page) {
    this.page = page;
    page.on('pageerror', (error) => this.complaints.push(String(error)));
  }

  /** Opens a page that imports the SDK itself; it is closed with the rest. */
  static async visit(cleanup: Cleanup, options: VisitOptions): Promise<SdkParticipant> {
    const { page, context } = await openPage(options.browser);
    cleanup.defer(() => context.close());
    await page.evaluateOnNewDocument(SOUND_SCRIPT);
    if (options.tone !== undefined) await page.evaluateOnNewDocument(replaceMicrophone, options.tone);
    await page.goto(options.page);
    return new SdkParticipant(page);
  }

  /** Opens a page and has it import the SDK. */
  static async open(cleanup: Cleanup, options: SdkParticipantOptions): Promise<SdkParticipant> {
    const participant = await SdkParticipant.visit(cleanup, options);
    const content = `import * as kraken from ${JSON.stringify(options.sdk)}; window.kraken = kraken;`;
    await participant.page.addScriptTag({ type: 'module', content });
    await participant.page.waitForFunction(() => window.kraken !== undefined);
    return participant;
  }

  /** @param ownTone in hertz, of a track of the page's own in place of the microphone, which only secure pages have */
  async join(options: JoinOptions, ownTone: number | null = null): Promise<void> {
    const join = async (given: JoinOptions, tone: number | null): Promise<void> => {
      const types: (keyof CallEventMap)[] = [
        'state',
        'joined',
        'left',
        'updated',
        'audio-blocked',
        'microphone',
        'draining',
        'ended',
      ];
      window.callEvents = [];
      window.speakers = new Set();
      const own =
        tone === null ? {} : { microphone: (await window.KrakenSound.microphones.oscillator(tone)).track };
      window.call = await window.kraken.join({ ...given, ...own });
      const record = (event: object): void => {
        const { type, participant, state, reason } = { participant: undefined, ...toObject(event) };
        window.callEvents.push({ type, name: participant?.name, what: state ?? reason });
      };
      const toObject = (
        event: object,
      ): { type: string; participant?: { name: string }; state?: string; reason?: string } =>
        JSON.parse(JSON.stringify({ ...event, type: Reflect.get(event, 'type') }));
      for (const type of types) window.call.addEventListener(type, record);
      window.call.addEventListener('speaking', ({ participant: { name, speaking } }) => {
        if (speaking) window.speakers.add(name);
      });
    };
    await this.page.evaluate(join, options, ownTone);
  }

  /** @returns the code of the error that joining ends with */
  async joinInVain(options: JoinOptions): Promise<string> {
    return this.page.evaluate(async (given) => {
      try {
        await window.kraken.join(given);
      } catch (error) {
        if (error instanceof window.kraken.CallError) return error.code;
        return String(error);
      }
      return 'joined';
    }, options);
  }

  /**
   * Joins again and again at once, each under an id of its own, and changes its mind after each of these times.
   * @returns how each ended: the error's code, or `left` for those who had been in by then
   */
  async joinAndLeave(options: JoinOptions, milliseconds: readonly number[]): Promise<readonly string[]> {
    const joinAndLeave = (given: JoinOptions, times: readonly number[]): Promise<string[]> =>
      Promise.all(
        times.map(async (time, index) => {
          const aborting = new AbortController();
          const joining = window.kraken.join({ ...given, id: `id ${index}`, signal: aborting.signal });
          setTimeout(() => aborting.abort(), time);
          try {
            const call = await joining;
            call.leave();
            return call.state === 'ended' ? 'left' : call.state;
          } catch (error) {
            return error instanceof window.kraken.CallError ? error.code : String(error);
          }
        }),
      );
    return this.page.evaluate(joinAndLeave, options, milliseconds);
  }

  /** @returns the tones of what the SDK plays */
  async hear(): Promise<readonly number[]> {
    const heard = await this.page.evaluate(() => {
      const players = [...document.querySelectorAll('audio')];
      const streams = players.flatMap(({ srcObject }) =>
        srcObject instanceof MediaStream ? [srcObject] : [],
      );
      return Promise.all(streams.map((stream) => window.KrakenSound.recordSound(stream)));
    });
    return heard
      .flatMap(({ sampleRate, samples }) => tonesIn({ sampleRate, samples: fromPcm16(samples) }))
      .sort();
  }

  async untilHearing(expected: readonly number[], milliseconds = CHANGE_MILLISECONDS): Promise<void> {
    const patience = { timeout: milliseconds, interval: LOOK_MILLISECONDS };
    await expect.poll(() => this.hear(), patience).toEqual([...expected].sort());
  }

  state(): Promise<string> {
    return this.page.evaluate(() => window.call.state);
  }

  async untilState(expected: string, milliseconds = CHANGE_MILLISECONDS): Promise<void> {
    const patience = { timeout: milliseconds, interval: LOOK_MILLISECONDS };
    await expect.poll(() => this.state(), patience).toBe(expected);
  }

  /** @returns the others */
  see(): Promise<readonly Seen[]> {
    return this.page.evaluate(() =>
      [...window.call.participants.values()].map(({ name, publishing, muted, speaking }) => ({
        name,
        publishing,
        muted,
        speaking,
      })),
    );
  }

  async untilSeeing(expected: readonly Partial<Seen>[]): Promise<void> {
    const patience = { timeout: CHANGE_MILLISECONDS, interval: LOOK_MILLISECONDS };
    await expect.poll(() => this.see(), patience).toMatchObject(expected);
  }

  /**
   * Waits until somebody who came later was told to speak. It may be over: a tone without an end is taken for noise after some
   * seconds.
   */
  async untilSpeaking(name: string): Promise<void> {
    const hasSpoken = (): Promise<boolean> =>
      this.page.evaluate((wanted) => window.speakers.has(wanted), name);
    await expect.poll(hasSpoken, { timeout: CHANGE_MILLISECONDS, interval: LOOK_MILLISECONDS }).toBe(true);
  }

  events(): Promise<readonly RecordedEvent[]> {
    return this.page.evaluate(() => window.callEvents);
  }

  async untilSignalling(expected: CallStatistics['signalling']): Promise<void> {
    const ask = (): Promise<string> =>
      this.page.evaluate(async () => (await window.call.statistics()).signalling);
    await expect.poll(ask, { timeout: CHANGE_MILLISECONDS, interval: LOOK_MILLISECONDS }).toBe(expected);
  }

  /** Waits until the sound of another one has a level, and their connection and the own one a grade. */
  async untilMeasured(): Promise<void> {
    await this.page.evaluate(() => window.call.addEventListener('levels', () => {}));
    const look = (): Promise<unknown> =>
      this.page.evaluate(async () => {
        const [other] = window.call.participants.values();
        const { roundTripTime, sent, received } = await window.call.statistics();
        return {
          loud: (other?.level ?? 0) > 0,
          graded: [other, window.call.me].every((one) => one !== undefined && one.quality !== 'unknown'),
          received: received.size,
          // Firefox counts whole milliseconds, of which a round trip on this machine may take none.
          far: roundTripTime !== null && roundTripTime >= 0,
          sends: (sent?.bitrate ?? 0) > 0,
        };
      });
    await expect
      .poll(look, { timeout: CHANGE_MILLISECONDS, interval: LOOK_MILLISECONDS })
      .toEqual({ loud: true, graded: true, received: 1, far: true, sends: true });
  }

  /** From here on notices when the only one who plays is not heard. */
  async watchSilence(): Promise<void> {
    await this.page.evaluate(() => {
      const stream = document.querySelector('audio')?.srcObject;
      if (!(stream instanceof MediaStream)) throw new Error('nobody plays');
      window.longestSilence = window.KrakenSound.watchSilence(stream);
    });
  }

  /** @returns how long there was no sound at the most since `watchSilence`, ms */
  longestSilence(): Promise<number> {
    return this.page.evaluate(() => window.longestSilence());
  }
}
