/**
 * Participants that join and leave, many at a time: signalling, ICE, DTLS, and one subscribe call with its answer, as
 * a client makes it that enters a room. They send no media.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { LatencyHistogram } from '@kraken/load/latency-histogram';
import type { LoadLoop } from '@kraken/load/load-loop';
import { Participant, type ParticipantEnvironment } from '@kraken/load/participant';
import type { CycleOrder, CycleResult, Usage } from './messages.js';
import { roomPrefix } from './room-prefix.js';

const JOIN_TIMEOUT_MS = 15_000;
const POLL_MS = 1;
/** Failures that are told in words; the others are only counted. */
const TOLD_FAILURES = 5;
/** Far from the indices of the participants of the running rooms, which this process may have too. */
const FIRST_INDEX = 1_000_000;
const NANOSECONDS_PER_MS = 1e6;

/** What participants join by. */
export interface Joiners {
  readonly environment: ParticipantEnvironment;
  readonly loop: LoadLoop;
  readonly sampleShare: number;
}

export async function runCycle(
  order: CycleOrder,
  joiners: Joiners,
  readUsage: () => Usage | null,
): Promise<CycleResult> {
  const cycle = new JoinCycle(order, joiners);
  const processBefore = process.cpuUsage();
  const before = readUsage();
  const startedAt = performance.now();
  await cycle.join();
  const seconds = (performance.now() - startedAt) / 1000;
  const after = readUsage();
  const { user, system } = process.cpuUsage(processBefore);
  await cycle.leave(0);
  const { joined, failed, failures, joinTime } = cycle;
  const generatorLoad = (user + system) / 1e6 / seconds;
  return {
    seconds,
    joined,
    failed,
    failures,
    joinTime: joinTime.figures(),
    generatorLoad,
    before,
    after,
  };
}

class JoinCycle {
  joined = 0;
  failed = 0;
  readonly failures: string[] = [];
  readonly joinTime = new LatencyHistogram();
  readonly #order: CycleOrder;
  readonly #joiners: Joiners;
  readonly #staying: Participant[] = [];
  #begun = 0;

  constructor(order: CycleOrder, joiners: Joiners) {
    this.#order = order;
    this.#joiners = joiners;
  }

  async join(): Promise<void> {
    const { joins, concurrency, staying } = this.#order;
    const work = async () => {
      while (this.#begun < joins) {
        await this.#joinOne(this.#begun++);
        await this.leave(staying);
      }
    };
    await Promise.all(Array.from({ length: concurrency }, work));
  }

  /** @param staying those who came last, and do not leave */
  async leave(staying: number): Promise<void> {
    while (this.#staying.length > staying) {
      const first = this.#staying.shift();
      if (first === undefined) return;
      this.#joiners.loop.remove(first);
      await first.end().catch((error: unknown) => {
        first.close('could not leave');
        this.#fail(first, error);
      });
    }
  }

  async #joinOne(number: number): Promise<void> {
    const { environment, loop, sampleShare } = this.#joiners;
    const options = {
      index: FIRST_INDEX + number,
      rid: `${roomPrefix('joiners')}-${Math.floor(number / this.#order.roomSize)}`,
      uid: `joiner-${number}`,
      isPublisher: true,
      slots: 0,
      sampleShare,
      talk: null,
      isSelective: false,
      publisherOf: () => -1,
    };
    const participant = new Participant(options, environment);
    const startedAt = performance.now();
    try {
      await participant.publish(startedAt);
      loop.add(participant);
      await connected(participant, startedAt + JOIN_TIMEOUT_MS);
      await participant.subscribe();
      this.joinTime.count((performance.now() - startedAt) * NANOSECONDS_PER_MS);
      this.joined++;
      this.#staying.push(participant);
    } catch (error) {
      loop.remove(participant);
      participant.close('given up');
      this.#fail(participant, error);
    }
  }

  #fail(participant: Participant, error: unknown): void {
    this.failed++;
    const reason = error instanceof Error ? error.message : String(error);
    if (this.failures.length < TOLD_FAILURES) this.failures.push(`${participant.options.uid}: ${reason}`);
  }
}

async function connected(participant: Participant, deadline: number): Promise<void> {
  while (participant.state !== 'connected') {
    if (participant.fault !== null) throw new Error(participant.fault);
    if (performance.now() > deadline)
      throw new Error(`still ${participant.state} after ${JOIN_TIMEOUT_MS} ms`);
    await sleep(POLL_MS);
  }
}
