/** All participants of one generator process: makes them join, measures what they hear, and lets them leave. */
import { setTimeout as sleep } from 'node:timers/promises';
import { DtlsContext, generateCertificate } from '@kraken/load/engine-modules';
import { LatencyProbe } from '@kraken/load/latency-probe';
import { LoadLoop } from '@kraken/load/load-loop';
import type { Participant, ParticipantEnvironment } from '@kraken/load/participant';
import { countParticipants, makeParticipants } from '@kraken/load/participants';
import { randomOf } from '@kraken/load/random';
import { SocketMemory } from '@kraken/load/socket';
import { readTreeUsage } from '../process-tree.js';
import { readCoreBusySeconds } from '../process-usage.js';
import { runCycle } from './join-cycle.js';
import { measure } from './measuring.js';
import type { CycleOrder, CycleResult, GeneratorOptions, Measurement, Usage } from './messages.js';
import { openSignalling } from './open-signalling.js';
import { roomPrefix } from './room-prefix.js';

/** Participants whose calls are under way at the same time. */
const CONCURRENCY = 10;
const JOIN_TIMEOUT_MS = 30_000;
const JOIN_TIMEOUT_MS_EACH = 50;
const POLL_WHILE_JOINING_MS = 100;

export class Load {
  readonly #options: GeneratorOptions;
  readonly #participants: readonly Participant[];
  readonly #environment: ParticipantEnvironment;
  readonly #loop: LoadLoop;
  readonly #polls: NodeJS.Timeout[] = [];
  #loopFault: unknown = null;
  readonly #pollFaults: string[] = [];
  /** Ends the measurement that is under way. */
  #finish = new AbortController();

  private constructor(options: GeneratorOptions, environment: ParticipantEnvironment) {
    this.#options = options;
    this.#environment = environment;
    this.#participants = makeParticipants({ ...options, prefix: roomPrefix('room') }, environment);
    const { seed, silent } = options;
    this.#loop = new LoadLoop(this.#participants, { random: randomOf(seed), silent }, (error) => {
      this.#loopFault = error;
    });
  }

  static async create(options: GeneratorOptions): Promise<Load> {
    const certificate = await generateCertificate();
    const { latencyInterval } = options;
    const memory = new SocketMemory(latencyInterval > 0);
    return new Load(options, {
      memory,
      latency:
        latencyInterval > 0
          ? new LatencyProbe(memory, countParticipants(options.rooms), latencyInterval)
          : null,
      dtls: new DtlsContext(certificate),
      fingerprint: certificate.fingerprint.value,
      signalling: openSignalling(options.target),
    });
  }

  /** Lets everybody join, and returns when everybody has been offered all others. */
  async join(): Promise<void> {
    this.#loop.start();
    const timeout = JOIN_TIMEOUT_MS + JOIN_TIMEOUT_MS_EACH * this.#participants.length;
    const deadline = performance.now() + timeout;
    await this.#forEach(async (participant) => {
      await participant.publish(performance.now());
      await this.#until(() => participant.state === 'connected', deadline, participant, 'connected');
    });
    await this.#forEach((participant) => this.#subscribeToAll(participant, deadline));
    this.#startPolling();
  }

  /**
   * Only one at a time.
   * @param seconds of steady state, at most: finishMeasuring() ends it earlier
   */
  async measure(seconds: number): Promise<Measurement> {
    this.#finish = new AbortController();
    const measurement = await measure({
      participants: this.#participants,
      isSelective: this.#options.isSelective,
      loop: this.#loop,
      latency: this.#environment.latency?.histogram ?? null,
      readUsage: () => this.#readUsage(),
      seconds,
      signal: this.#finish.signal,
    });
    return { ...measurement, faults: [...measurement.faults, ...this.#pollFaults] };
  }

  finishMeasuring(): void {
    this.#finish.abort();
  }

  /** Lets more participants join and leave while the others are as they are. */
  async cycle(order: CycleOrder): Promise<CycleResult> {
    const { sampleShare } = this.#options;
    const joiners = { environment: this.#environment, loop: this.#loop, sampleShare };
    return runCycle(order, joiners, () => this.#readUsage());
  }

  async leave(): Promise<void> {
    for (const poll of this.#polls) clearInterval(poll);
    // An SFU that media keeps too busy would not hear of it.
    this.#loop.silence();
    await this.#forEach((participant) => participant.end());
    this.#loop.stop();
    this.#environment.signalling.close();
    this.#environment.dtls.free();
  }

  async #subscribeToAll(participant: Participant, deadline: number): Promise<void> {
    if (this.#options.slots > 0) return;
    const expected = this.#participants.filter(
      ({ options }) =>
        options.isPublisher && options.rid === participant.options.rid && options !== participant.options,
    ).length;
    for (;;) {
      await participant.subscribe();
      if (participant.heardPublishers().size >= expected) return;
      if (performance.now() > deadline) {
        const { size } = participant.heardPublishers();
        throw new Error(`${participant.options.uid} was offered ${size} of ${expected} publishers`);
      }
      await sleep(POLL_WHILE_JOINING_MS);
    }
  }

  /** Every client asks for news every few seconds, each at a time of its own. */
  #startPolling(): void {
    const interval = this.#options.pollSeconds * 1000;
    if (interval === 0) return;
    this.#participants.forEach((participant, place) => {
      const start = () => this.#polls.push(setInterval(() => this.#poll(participant), interval));
      this.#polls.push(setTimeout(start, (interval * place) / this.#participants.length));
    });
  }

  #poll(participant: Participant): void {
    participant.subscribe().catch((error: unknown) => {
      this.#pollFaults.push(`${participant.options.uid}: ${String(error)}`);
    });
  }

  async #until(
    condition: () => boolean,
    deadline: number,
    participant: Participant,
    what: string,
  ): Promise<void> {
    while (!condition()) {
      const { uid } = participant.options;
      if (this.#loopFault !== null) throw this.#loopFault;
      if (participant.fault !== null) throw new Error(`${uid}: ${participant.fault}`);
      if (performance.now() > deadline)
        throw new Error(`${uid} is ${participant.state}, not ${what}, in time`);
      await sleep(5);
    }
  }

  async #forEach(action: (participant: Participant) => Promise<void>): Promise<void> {
    const waiting = [...this.#participants];
    const work = async () => {
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) await action(next);
    };
    await Promise.all(Array.from({ length: CONCURRENCY }, work));
  }

  #readUsage(): Usage | null {
    const { enginePid, engineCore } = this.#options;
    if (enginePid === null) return null;
    return { process: readTreeUsage(enginePid), coreBusySeconds: readCoreBusySeconds(engineCore) };
  }
}
