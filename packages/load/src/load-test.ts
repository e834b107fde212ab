/**
 * A load test of a server that is up: participants join one after another at a rate, poll as clients do, speak or only hear,
 * and leave. Whoever fails is counted, and the others go on.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { DtlsContext, generateCertificate } from './engine-modules.js';
import { FaultTally } from './fault-tally.js';
import type { LatencyFigures } from './latency-histogram.js';
import { LatencyProbe } from './latency-probe.js';
import { LoadLoop } from './load-loop.js';
import { type Losses, LossWindow } from './loss-window.js';
import type { Participant, ParticipantEnvironment } from './participant.js';
import { countParticipants, makeParticipants, type RoomShape } from './participants.js';
import { randomOf } from './random.js';
import type { Signalling } from './signalling.js';
import { SocketMemory } from './socket.js';
import { readSocketDrops } from './socket-drops.js';
import { takeCounts } from './tally.js';

/** How long a participant may take from its first call until it is connected, ms. */
const JOIN_TIMEOUT = 15_000;
/** How long after the last one has joined all may take to be offered all others, ms. */
const OFFER_TIMEOUT = 15_000;
/** Between two looks at what is awaited, ms. */
const POLL = 10;
/** Between a participant's calls for news, as clients make them, ms. */
const SUBSCRIBE_INTERVAL = 3_000;
/** One of so many packets of each stream is timed. */
const LATENCY_INTERVAL = 10;
/** Share of the packets that are decrypted and held against what was sent. */
const SAMPLE_SHARE = 0.01;
/** For the last packets to arrive, ms. */
const DRAIN_TIME = 500;
/** Calls to leave that are under way at the same time. */
const LEAVING = 10;
/** Publishers of a room from which on a server may forward the loudest of them only, as Kraken does unless told otherwise. */
const PUBLISHERS_ALL_HEARD = 30;
const MS_PER_SECOND = 1_000;

export interface LoadTestOptions {
  readonly signalling: Signalling;
  readonly rooms: readonly RoomShape[];
  /** The rooms' ids begin with it. */
  readonly prefix: string;
  readonly joinsPerSecond: number;
}

export interface LoadFigures {
  readonly participants: number;
  /** In the room now, with media. */
  readonly joined: number;
  /** Since the start. */
  readonly packetsSent: number;
  readonly packetsReceived: number;
  /** Of the measurement that is under way or over; null before it. */
  readonly losses: Losses | null;
  /** Of the packets since then, us. */
  readonly latency: LatencyFigures;
  /** What went wrong, and how often. */
  readonly faults: ReadonlyMap<string, number>;
  readonly faultCount: number;
  /** Packets that this process sent late or lost in its own sockets: where there are many, figures tell more of it. */
  readonly ownFaults: number;
}

export class LoadTest {
  readonly #options: LoadTestOptions;
  readonly #environment: ParticipantEnvironment;
  readonly #latency: LatencyProbe;
  readonly #participants: readonly Participant[];
  readonly #isSelective: boolean;
  readonly #joined = new Set<Participant>();
  readonly #loop: LoadLoop;
  readonly #faults = new FaultTally();
  readonly #polls = new Map<Participant, NodeJS.Timeout>();
  #window: LossWindow | null = null;
  #isWindowClosed = false;
  #dropsBefore = 0;

  private constructor(options: LoadTestOptions, environment: ParticipantEnvironment, latency: LatencyProbe) {
    const { rooms, prefix } = options;
    this.#options = options;
    this.#environment = environment;
    this.#latency = latency;
    this.#isSelective = rooms.some(({ publishers }) => publishers > PUBLISHERS_ALL_HEARD);
    const selection = { speakers: 0, slots: 0, isSelective: this.#isSelective };
    this.#participants = makeParticipants(
      { rooms, prefix, sampleShare: SAMPLE_SHARE, ...selection },
      environment,
    );
    const random = randomOf(process.pid);
    this.#loop = new LoadLoop(this.#participants, { random, silent: false }, (error) =>
      this.#faults.count(error),
    );
  }

  /** Nobody joins yet. */
  static async create(options: LoadTestOptions): Promise<LoadTest> {
    const certificate = await generateCertificate();
    const memory = new SocketMemory(true);
    const latency = new LatencyProbe(memory, countParticipants(options.rooms), LATENCY_INTERVAL);
    const environment = {
      memory,
      latency,
      dtls: new DtlsContext(certificate),
      fingerprint: certificate.fingerprint.value,
      signalling: options.signalling,
    };
    return new LoadTest(options, environment, latency);
  }

  /** Lets all join at the rate; returns when those who could have been offered each other. @param signal ends it earlier */
  async join(signal: AbortSignal): Promise<void> {
    this.#loop.start();
    const startedAt = performance.now();
    const joining: Promise<void>[] = [];
    for (const [place, participant] of this.#participants.entries()) {
      const due = startedAt + (place * MS_PER_SECOND) / this.#options.joinsPerSecond;
      await sleep(Math.max(0, due - performance.now()), undefined, { signal }).catch(() => {});
      if (signal.aborted) break;
      joining.push(this.#joinOne(participant));
    }
    await Promise.all(joining);
    const deadline = performance.now() + OFFER_TIMEOUT;
    await Promise.all(
      [...this.#joined].map((participant) => this.#awaitOffers(participant, deadline, signal)),
    );
  }

  /** Once. @param seconds unless the signal ends it earlier */
  async measure(seconds: number, signal: AbortSignal): Promise<void> {
    const joined = [...this.#joined];
    this.#latency.histogram.clear();
    this.#loop.resetLateness();
    this.#dropsBefore = readDrops(joined);
    const window = new LossWindow(joined, this.#isSelective);
    this.#window = window;
    await sleep(seconds * MS_PER_SECOND, undefined, { signal }).catch(() => {});
    window.close();
    await sleep(DRAIN_TIME);
    this.#isWindowClosed = true;
    for (const participant of joined) this.#countMediaFaults(participant);
  }

  figures(): LoadFigures {
    const { sent, received } = takeCounts(this.#participants);
    const window = this.#window;
    const ownFaults =
      window === null ? 0 : this.#loop.lateSends + readDrops([...this.#joined]) - this.#dropsBefore;
    return {
      participants: this.#participants.length,
      joined: [...this.#joined].filter(({ state }) => state === 'connected').length,
      packetsSent: sent,
      packetsReceived: received,
      losses: this.#isWindowClosed ? (window?.losses() ?? null) : (window?.lossesSoFar() ?? null),
      latency: this.#latency.histogram.figures(),
      faults: this.#faults.counts,
      faultCount: this.#faults.total,
      ownFaults,
    };
  }

  async leave(): Promise<void> {
    for (const poll of this.#polls.values()) clearTimeout(poll);
    this.#loop.silence();
    const waiting = [...this.#joined];
    const work = async () => {
      for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) await this.#end(next);
    };
    await Promise.all(Array.from({ length: LEAVING }, work));
    this.#loop.stop();
    this.#environment.signalling.close();
    this.#environment.dtls.free();
  }

  async #joinOne(participant: Participant): Promise<void> {
    const deadline = performance.now() + JOIN_TIMEOUT;
    try {
      await participant.publish(performance.now());
      while (participant.state !== 'connected') {
        if (participant.fault !== null) throw new Error(participant.fault);
        if (performance.now() > deadline)
          throw new Error(`still ${participant.state} after ${JOIN_TIMEOUT} ms`);
        await sleep(POLL);
      }
      await participant.subscribe();
      this.#joined.add(participant);
      this.#pollLater(participant);
    } catch (error) {
      this.#faults.count(error);
      await participant.end().catch(() => participant.close('could not join'));
    }
  }

  /** Polls go on until it has all, and longer: each has its own rhythm. */
  async #awaitOffers(participant: Participant, deadline: number, signal: AbortSignal): Promise<void> {
    const { rid, index } = participant.options;
    const others = [...this.#joined].filter(
      ({ options }) => options.isPublisher && options.rid === rid && options.index !== index,
    );
    while (participant.state === 'connected' && !signal.aborted) {
      const heard = participant.heardPublishers();
      if (others.every(({ options, state }) => heard.has(options.index) || state !== 'connected')) return;
      if (performance.now() > deadline) {
        this.#faults.count('not offered all others in time');
        return;
      }
      await sleep(POLL);
    }
  }

  #pollLater(participant: Participant): void {
    const poll = async () => {
      if (participant.state !== 'connected') return;
      await participant.subscribe().catch((error: unknown) => this.#faults.count(error));
      if (this.#polls.has(participant)) this.#pollLater(participant);
    };
    this.#polls.set(
      participant,
      setTimeout(() => void poll(), SUBSCRIBE_INTERVAL),
    );
  }

  /** What it has met since it joined, but for lost packets. */
  #countMediaFaults({ state, fault, receiver, sendFailures }: Participant): void {
    if (state !== 'connected') this.#faults.count(`lost: ${fault ?? state}`);
    if (sendFailures > 0) this.#faults.count('could not send datagrams');
    if (receiver === null) return;
    if (receiver.verifier.failed > 0) this.#faults.count('packets that are not what was sent');
    if (this.#isSelective) return;
    const silent = receiver.receptions
      .values()
      .some(({ publisher, received }) => publisher >= 0 && received === 0);
    if (silent) this.#faults.count('nothing heard of somebody who speaks');
  }

  /** A participant whose transport is gone has been counted, and the server may know nothing of it any more. */
  async #end(participant: Participant): Promise<void> {
    this.#polls.delete(participant);
    const wasConnected = participant.state === 'connected';
    await participant.end().catch((error: unknown) => {
      participant.close('could not leave');
      if (wasConnected) this.#faults.count(error);
    });
  }
}

function readDrops(participants: readonly Participant[]): number {
  return readSocketDrops(new Set(participants.flatMap(({ ports }) => ports)));
}
