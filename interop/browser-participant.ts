import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Browser, BrowserContext, JSHandle, Page } from 'puppeteer-core';
import { openPage } from './browser.js';
import { newUid, type Participant } from './participant.js';
import { REPOSITORY } from './repository.js';
import { fromPcm16, tonesIn } from './tones.js';

const SCRIPTS = ['sound.js', 'network.js', 'agent.js'].map((name) =>
  readFileSync(join(REPOSITORY, 'interop/agent', name), 'utf8'),
);
const STATUS_MILLISECONDS = 15_000;

export interface BrowserParticipantOptions {
  readonly browser: Browser;
  /** The engine's URL. */
  readonly url: string;
  readonly room: string;
  /**
   * In hertz; 0 for a listener. With the `fake` microphone, the frequency that the browser was started with; with
   * `speech`, which speech it is.
   */
  readonly tone: number;
  /** Where the tone comes from: WebAudio, or the browser's fake microphone. `speech` is something like it, and no tone. */
  readonly microphone?: 'oscillator' | 'fake' | 'speech';
  /** The page to open; a blank one, without an origin, by default. */
  readonly page?: string;
  readonly uid?: string;
  /** The access token, where the engine asks for one. */
  readonly token?: string;
  /** `relay` lets the browser use TURN only. */
  readonly policy?: 'all' | 'relay';
  /** `tcp` hides the engine's UDP candidates from the browser. */
  readonly candidates?: 'all' | 'tcp';
  /** Where media goes instead of the engine's UDP port: that of somebody who passes it on. */
  readonly mediaPort?: number;
  /** Plays nothing, and so decodes nothing. */
  readonly deaf?: boolean;
  /** Parameters that its SDP has for Opus besides the browser's own, `usedtx=1`. */
  readonly opus?: string;
  /** Sends RED, if that is accepted: each packet with the one before. */
  readonly prefersRedundancy?: boolean;
  readonly pollMilliseconds?: number;
}

/** What getStats tells of everything that came so far, all streams of a connection together. */
export interface Reception {
  /** From how many others something came. */
  readonly streams: number;
  /** That were played, concealed ones included. */
  readonly samples: number;
  readonly concealedSamples: number;
  readonly silentConcealedSamples: number;
  /** s, summed over jitterBufferEmitted samples */
  readonly jitterBufferDelay: number;
  readonly jitterBufferEmitted: number;
  readonly packetsReceived: number;
  readonly packetsLost: number;
  /** That came too late or too early to be played. */
  readonly packetsDiscarded: number;
  /** Copies of earlier packets, in RED or by Opus' in-band FEC, that stood in for the packets. */
  readonly redundancyUsed: number;
  /** Negative acknowledgements (RFC 4585), each of which may ask for several packets. */
  readonly nacksSent: number;
  readonly packetsSent: number;
  readonly retransmissionsSent: number;
}

/** One of getStats: what it has besides depends on its type. */
export interface StatisticsEntry {
  readonly type: string;
  readonly [name: string]: unknown;
}

/** What happened in the page. */
export interface AgentStatus {
  readonly cid: string;
  readonly connectionState: RTCPeerConnectionState;
  /** The RPC error that stopped it. */
  readonly error: { readonly code: number; readonly message: string } | null;
  readonly events: readonly { readonly type: 'mute' | 'unmute' | 'skipped' | 'kept'; readonly id: string }[];
  readonly localUfrag: string;
  /** Of the selected candidate pair. */
  readonly localType: string;
  readonly localProtocol: string;
  readonly remoteAddress: string;
}

/** The class in agent/agent.js, as this side uses it. */
interface Agent {
  join(): Promise<{ publishAt: number }>;
  hear(): Promise<readonly { id: string; sampleRate: number; samples: number[] }[]>;
  skipOffers(count: number): void;
  keepAnswers(count: number): void;
  restart(): Promise<void>;
  reception(): Promise<Reception>;
  report(): Promise<readonly StatisticsEntry[]>;
  status(): Promise<AgentStatus>;
  firstSound(id: string): Promise<number>;
  leave(): Promise<void>;
  stop(): void;
}

declare global {
  interface Window {
    KrakenAgent: new (options: object) => Agent;
  }
}

/** A participant in a real browser: its encoder, its decoder, its ICE, its DTLS. */
export class BrowserParticipant implements Participant {
  readonly uid: string;
  readonly tone: number;
  readonly #context: BrowserContext;
  readonly #agent: JSHandle<Agent>;
  #closed: Promise<void> | undefined;
  /** When it called publish, in milliseconds since 1970. */
  publishedAt = 0;

  private constructor(uid: string, tone: number, context: BrowserContext, agent: JSHandle<Agent>) {
    this.uid = uid;
    this.tone = tone;
    this.#context = context;
    this.#agent = agent;
  }

  /** Opens a page for it; it is not in the room yet. */
  static async open(options: BrowserParticipantOptions): Promise<BrowserParticipant> {
    const { browser, url, room, tone, uid = newUid() } = options;
    const { page, context } = await openPage(browser);
    if (options.page !== undefined) await page.goto(options.page);
    const agent = await inject(page, {
      url,
      room,
      uid,
      tone,
      token: options.token ?? '',
      microphone: options.microphone ?? 'oscillator',
      policy: options.policy ?? 'all',
      candidates: options.candidates ?? 'all',
      mediaPort: options.mediaPort ?? 0,
      deaf: options.deaf ?? false,
      opus: options.opus ?? '',
      prefersRedundancy: options.prefersRedundancy ?? false,
      pollMilliseconds: options.pollMilliseconds ?? 200,
    });
    return new BrowserParticipant(uid, tone, context, agent);
  }

  async join(): Promise<void> {
    const { publishAt } = await this.#agent.evaluate((agent) => agent.join());
    this.publishedAt = publishAt;
  }

  async hear(): Promise<Readonly<Record<string, readonly number[]>>> {
    const heard = await this.#agent.evaluate((agent) => agent.hear());
    return Object.fromEntries(
      heard.map(({ id, sampleRate, samples }) => [id, tonesIn({ sampleRate, samples: fromPcm16(samples) })]),
    );
  }

  skipOffers(count: number): Promise<void> {
    return this.#agent.evaluate((agent, offers) => agent.skipOffers(offers), count);
  }

  keepAnswers(count: number): Promise<void> {
    return this.#agent.evaluate((agent, answers) => agent.keepAnswers(answers), count);
  }

  restart(): Promise<void> {
    return this.#agent.evaluate((agent) => agent.restart());
  }

  reception(): Promise<Reception> {
    return this.#agent.evaluate((agent) => agent.reception());
  }

  /** All that getStats tells. */
  report(): Promise<readonly StatisticsEntry[]> {
    return this.#agent.evaluate((agent) => agent.report());
  }

  status(): Promise<AgentStatus> {
    return this.#agent.evaluate((agent) => agent.status());
  }

  /** Resolves when the first loud sound of somebody's stream was decoded, in milliseconds since 1970. */
  firstSound(uid: string): Promise<number> {
    return this.#agent.evaluate((agent, id) => agent.firstSound(id), uid);
  }

  /** @throws with the last status when it does not become so in time */
  async untilStatus(isExpected: (status: AgentStatus) => boolean): Promise<AgentStatus> {
    const deadline = Date.now() + STATUS_MILLISECONDS;
    for (;;) {
      const status = await this.status();
      if (isExpected(status)) return status;
      if (Date.now() > deadline) throw new Error(`${this.uid} stays at ${JSON.stringify(status)}`);
      await sleep(100);
    }
  }

  leave(): Promise<void> {
    return this.#agent.evaluate((agent) => agent.leave());
  }

  /** Closes the page without a word to the engine. */
  async close(): Promise<void> {
    this.#closed ??= this.#context.close();
    await this.#closed;
  }
}

async function inject(page: Page, options: object): Promise<JSHandle<Agent>> {
  for (const script of SCRIPTS) await page.evaluate(script);
  return page.evaluateHandle((agentOptions) => new window.KrakenAgent(agentOptions), options);
}
