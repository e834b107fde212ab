/** One soak: an engine, witnesses who hear each other all the time, and in their midst churn and calms by turns. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DtlsContext, generateCertificate } from '@kraken/load/engine-modules';
import { SocketMemory } from '@kraken/load/socket';
import { accessToken } from '../../interop/access-token.js';
import type { GeneratorOptions, Measurement } from '../generator/messages.js';
import { GeneratorProcess } from '../generator-process.js';
import { chooseCores } from '../machine.js';
import { KRAKEN, mediaPorts } from '../sfu/kraken.js';
import type { RunningSfu } from '../sfu/sfu.js';
import { Chance } from './chance.js';
import { Crowd } from './crowd.js';
import type { SoakOptions } from './options.js';
import { type Reading, takeReading } from './reading.js';
import { SoakTally } from './tally.js';
import { differences } from './verdict.js';

const SECRET = 'the secret of an engine that is soaked';
const ADMIN_TOKEN = 'the-operator-of-a-soak';
const WORKERS = 2;
/** Participants of a room on one worker before the next go to the other: few, so that rooms are on both. */
const SPREAD_ROOM_AT = 3;
/** Rooms whose participants hear each other all the time. */
const WITNESSES = Array.from({ length: 3 }, () => ({ publishers: 4, listeners: 1 }));
const WITNESS_SAMPLE_SHARE = 0.02;
const WITNESS_LATENCY_INTERVAL = 10;
/** Calls of one token's subject at once: few, so that too many are soon made. */
const TOKEN_CALLS = 60;
/** Octets: the shortest limit that there may be. */
const BODY = 65_536;
/** Between two readings, s. */
const READING_INTERVAL = 10;
/** Before a calm nobody vanishes for so long, s: the engine gives a minute to who is not heard of. */
const FAREWELL = 62;
/** In churn that takes less, s, the engine is told of those who have vanished. */
const SHORTEST_WITH_VANISHED = 2 * FAREWELL;
/** Of a phase, for the calm at its end, s: what it takes in most cases. */
const CALM = 8;
/** For nobody but the witnesses to be left, s. */
const CALM_TIMEOUT = 90;
const CALM_POLL = 0.5;
/** For garbage to be collected, and for memory to be given back, s. */
const SETTLE = 2;
/** Connections and tokens that had just ended are free for the second. */
const COLLECTIONS = 2;
const MS_PER_SECOND = 1_000;
const SECONDS_PER_MINUTE = 60;
/** For which a token of the witnesses is good behind the soak, s. */
const TOKEN_RESERVE = 600;

/** Those who hear each other all the time. */
export interface Witnesses {
  /** @param seconds at most: finishMeasuring() ends it earlier */
  measure(seconds: number): Promise<Measurement>;
  finishMeasuring(): void;
  leave(): Promise<void>;
}

/** How a soak is run, where it is another way than in earnest. */
export interface SoakMeans {
  /** @returns when all have joined */
  readonly startWitnesses: (options: GeneratorOptions, core: number) => Promise<Witnesses>;
  /** Whether garbage is collected in the engine before it is read what it holds. */
  readonly collectsGarbage: boolean;
  /** How long it may take until nobody but the witnesses is left, s. */
  readonly patience: number;
  /** Where configuration and log go. */
  readonly folder: string;
}

/** What became of the witnesses between two calms. */
export interface WitnessFigures {
  readonly expected: number;
  readonly arrived: number;
  readonly worstLoss: number;
  readonly duplicates: number;
  readonly verified: number;
  /** us */
  readonly latencyMedian: number | null;
  readonly latencyP99: number | null;
  readonly faults: readonly string[];
}

export interface Calm {
  readonly reading: Reading;
  /** Until nobody but the witnesses was left, s. */
  readonly seconds: number;
  /** What was left all the same, in words. */
  readonly left: readonly string[];
  readonly witnesses: WitnessFigures;
}

export interface SoakRun {
  /** With the witnesses, before anybody else has come. */
  readonly base: Reading;
  readonly readings: readonly Reading[];
  readonly calms: readonly Calm[];
  /** How often each thing was done. */
  readonly done: ReadonlyMap<string, number>;
  readonly faultCount: number;
  readonly faults: readonly string[];
  /** CPU time of the engine by wall-clock time: 1 is one core. */
  readonly engineLoad: number;
  readonly driverLoad: number;
}

/** @param tell told of each calm */
export async function runSoak(
  options: SoakOptions,
  root: string,
  tell: (calm: Calm) => void,
  means: SoakMeans = {
    startWitnesses: startProcess,
    collectsGarbage: true,
    patience: CALM_TIMEOUT,
    folder: path.join(root, 'artifacts/soak'),
  },
): Promise<SoakRun> {
  const { folder, collectsGarbage, patience, startWitnesses } = means;
  const { engine, generator } = chooseCores();
  const running = await KRAKEN.start({
    ...{ root, folder, core: engine },
    settings: {
      collectsGarbage,
      cores: [engine, generator],
      engine: { workers: WORKERS, 'spread-room-at': SPREAD_ROOM_AT },
      sections: {
        rpc: { 'trusted-proxies': ['127.0.0.1'] },
        auth: { secret: SECRET },
        admin: { token: ADMIN_TOKEN },
        limits: { loopback: true, body: BODY, 'token-calls-burst': TOKEN_CALLS },
      },
    },
  });
  try {
    const witnesses = await startWitnesses(witnessesAt(running.target.url, options, engine), generator);
    const soak = await Soak.prepare(options, running, witnesses, patience);
    const run = await soak.run(tell);
    await witnesses.leave();
    return { ...run, faults: [...run.faults, ...errorsIn(path.join(folder, `${KRAKEN.name}.log`))] };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`${reason}\nThe last words of the engine:\n${running.logEnd()}`);
  } finally {
    await running.stop();
  }
}

function witnessesAt(url: string, { minutes, seed }: SoakOptions, engineCore: number): GeneratorOptions {
  const lifetime = minutes * SECONDS_PER_MINUTE + TOKEN_RESERVE;
  const token = accessToken(SECRET, { administer: true, sub: 'witnesses' }, lifetime);
  return {
    target: { kind: 'kraken', url, token },
    rooms: WITNESSES,
    sampleShare: WITNESS_SAMPLE_SHARE,
    latencyInterval: WITNESS_LATENCY_INTERVAL,
    silent: false,
    speakers: 0,
    slots: 0,
    isSelective: false,
    pollSeconds: 0,
    seed,
    enginePid: null,
    engineCore,
  };
}

async function startProcess(options: GeneratorOptions, core: number): Promise<Witnesses> {
  const witnesses = new GeneratorProcess(options, core);
  process.once('exit', () => witnesses.kill());
  await witnesses.joined();
  return witnesses;
}

class Soak {
  readonly #options: SoakOptions;
  readonly #running: RunningSfu;
  readonly #witnesses: Witnesses;
  readonly #patience: number;
  readonly #crowd: Crowd;
  readonly #tally: SoakTally;
  readonly #startedAt = performance.now();
  readonly #readings: Reading[] = [];

  private constructor(
    options: SoakOptions,
    running: RunningSfu,
    witnesses: Witnesses,
    patience: number,
    crowd: Crowd,
    tally: SoakTally,
  ) {
    this.#options = options;
    this.#running = running;
    this.#witnesses = witnesses;
    this.#patience = patience;
    this.#crowd = crowd;
    this.#tally = tally;
  }

  static async prepare(
    options: SoakOptions,
    running: RunningSfu,
    witnesses: Witnesses,
    patience: number,
  ): Promise<Soak> {
    const certificate = await generateCertificate();
    const tally = new SoakTally();
    let lastIndex = 0;
    const surroundings = {
      url: running.target.url,
      secret: SECRET,
      environment: {
        memory: new SocketMemory(),
        dtls: new DtlsContext(certificate),
        fingerprint: certificate.fingerprint.value,
        latency: null,
      },
      chance: new Chance(options.seed),
      tally,
      nextIndex: () => ++lastIndex,
    };
    const { first } = mediaPorts();
    const media = Array.from({ length: WORKERS }, (_, i) => ({ address: '127.0.0.1', port: first + i }));
    const crowd = new Crowd(surroundings, media, options);
    return new Soak(options, running, witnesses, patience, crowd, tally);
  }

  async run(tell: (calm: Calm) => void): Promise<SoakRun> {
    const { minutes, calms: count } = this.#options;
    await this.#collect();
    const base = await this.#read();
    const cpuBefore = process.cpuUsage();
    const calms: Calm[] = [];
    const phase = (minutes * SECONDS_PER_MINUTE) / count;
    const beganAt = this.#seconds;
    for (let i = 1; i <= count; i++) {
      const calm = await this.#goThrough(beganAt + i * phase - CALM, base);
      calms.push(calm);
      tell(calm);
    }
    const last = calms.at(-1)?.reading ?? base;
    const seconds = last.at - base.at;
    const { user, system } = process.cpuUsage(cpuBefore);
    const { done, faultCount, faults } = this.#tally;
    return {
      base,
      readings: this.#readings,
      calms,
      done,
      faultCount,
      faults,
      engineLoad: (last.cpuSeconds - base.cpuSeconds) / seconds,
      driverLoad: (user + system) / 1e6 / seconds,
    };
  }

  get #seconds(): number {
    return (performance.now() - this.#startedAt) / MS_PER_SECOND;
  }

  /** Churn, and the calm behind it. @param until s since the start */
  async #goThrough(until: number, base: Reading): Promise<Calm> {
    const crowd = this.#crowd;
    const measuring = this.#witnesses.measure(this.#options.minutes * SECONDS_PER_MINUTE);
    const isLong = until - this.#seconds >= SHORTEST_WITH_VANISHED;
    crowd.mayVanish = true;
    crowd.start();
    for (let left = until - this.#seconds; left > 0; left = until - this.#seconds) {
      if (isLong && left < FAREWELL) crowd.mayVanish = false;
      await sleep(Math.min(left, READING_INTERVAL) * MS_PER_SECOND);
      this.#readings.push(await this.#read());
    }
    const haltedAt = this.#seconds;
    await crowd.halt(!isLong);
    const left = await this.#awaitCalm(base);
    const seconds = this.#seconds - haltedAt;
    this.#witnesses.finishMeasuring();
    const { expected, arrived, worstLoss, duplicates, verified, latency, faults } = await measuring;
    await this.#collect();
    const reading = await this.#read();
    this.#readings.push(reading);
    const witnesses = {
      ...{ expected, arrived, worstLoss, duplicates, verified, faults },
      latencyMedian: latency?.p50 ?? null,
      latencyP99: latency?.p99 ?? null,
    };
    return { reading, seconds, left, witnesses };
  }

  /** @returns what is left of others than the witnesses when it does not go away */
  async #awaitCalm(base: Reading): Promise<string[]> {
    const deadline = this.#seconds + this.#patience;
    for (;;) {
      const left = differences(await this.#read(), base);
      if (left.length === 0 || this.#seconds > deadline) return left;
      await sleep(CALM_POLL * MS_PER_SECOND);
    }
  }

  async #collect(): Promise<void> {
    const { collectGarbage } = this.#running;
    if (collectGarbage === undefined) return;
    for (let round = 0; round < COLLECTIONS; round++) {
      collectGarbage();
      await sleep(SETTLE * MS_PER_SECOND);
    }
  }

  #read(): Promise<Reading> {
    const { pid, target } = this.#running;
    if (pid === null) throw new Error('the engine has no process of its own');
    return takeReading(target.url, pid, this.#startedAt);
  }
}

/** @returns what the engine has logged as a bug */
function errorsIn(log: string): string[] {
  return readFileSync(log, 'utf8')
    .split('\n')
    .filter((line) => /"level":[56]0\b/.test(line))
    .slice(0, 10)
    .map((line) => `the engine has logged ${line}`);
}
