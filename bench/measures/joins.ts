/** Joins: how many per second and at what cost, and what many of them do to rooms that are running. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { LatencyFigures } from '@kraken/load/latency-histogram';
import type { RoomShape } from '@kraken/load/participants';
import type { CycleOrder, CycleResult, Measurement } from '../generator/messages.js';
import type { RunningSfu } from '../sfu/sfu.js';
import { LATENCY_INTERVAL } from './latency.js';
import { lossOf, type MeasureContext, othersLoadOf, sfuLoadOf, withRooms } from './rooms.js';

/** Longer than any storm takes; it ends with the storm. */
const LONGEST_STORM_SECONDS = 600;
/** Before the first cycle, so that the SFU's code is compiled. */
const WARM_UP_JOINS = 100;

export interface JoinsResult {
  readonly joined: number;
  readonly failed: number;
  readonly failures: readonly string[];
  readonly joinsPerSecond: number;
  /** CPU time of the SFU's process tree per join, ms; leaving is contained for whoever left meanwhile. */
  readonly cpuMillisecondsPerJoin: number | null;
  /** From the first call to the answer of the last, us; 2.1 s at most. */
  readonly joinTime: LatencyFigures;
  readonly sfuLoad: number | null;
  readonly othersLoad: number | null;
  readonly generatorLoad: number;
  /** Which of the two was busier: the other would have gone on. */
  readonly limitedBy: 'sfu' | 'generator';
}

/**
 * Closed loop: the next joins when one has joined. Each calls publish, does ICE and DTLS, and subscribes; no media.
 */
export function measureJoins(
  sfu: RunningSfu,
  order: CycleOrder,
  context: MeasureContext,
): Promise<JoinsResult> {
  return withRooms(sfu, { rooms: [] }, context, async ({ generator }) => {
    await generator.cycle({ ...order, joins: Math.min(order.joins, WARM_UP_JOINS) });
    return joinsResult(await generator.cycle(order));
  });
}

export interface StormOptions {
  /** Who is there before it begins. */
  readonly rooms: readonly RoomShape[];
  readonly order: CycleOrder;
  /** Of the rooms without the storm, for comparison. */
  readonly quietSeconds: number;
}

/** How the running rooms fared. */
export interface RoomsUnderStorm {
  readonly seconds: number;
  readonly packetsPerSecond: number;
  readonly loss: number;
  readonly worstLoss: number;
  readonly latency: LatencyFigures;
  readonly sfuLoad: number | null;
  /** Share of the packets that were sent more than 5 ms late: whoever joins takes the generator's core as well. */
  readonly lateShare: number;
  readonly faults: readonly string[];
}

export interface StormResult {
  readonly quiet: RoomsUnderStorm;
  readonly storm: RoomsUnderStorm;
  readonly joins: JoinsResult;
}

/** Those who join are a generator of their own, so that handshakes do not delay who sends media. */
export function measureStorm(
  sfu: RunningSfu,
  options: StormOptions,
  context: MeasureContext,
): Promise<StormResult> {
  const rooms = { rooms: options.rooms, latencyInterval: LATENCY_INTERVAL };
  return withRooms(sfu, rooms, context, async ({ generator }) => {
    await sleep(context.warmUpSeconds * 1000);
    const quiet = await generator.measure(options.quietSeconds);
    const [storm, joins] = await withRooms(sfu, { rooms: [] }, context, async (joiners) => {
      const measuring = generator.measure(LONGEST_STORM_SECONDS);
      const cycle = await joiners.generator.cycle(options.order);
      generator.finishMeasuring();
      return [await measuring, cycle] as const;
    });
    return { quiet: roomsUnderStorm(quiet), storm: roomsUnderStorm(storm), joins: joinsResult(joins) };
  });
}

export function joinsResult(cycle: CycleResult): JoinsResult {
  const { seconds, joined, failed, failures, joinTime, generatorLoad, before, after } = cycle;
  const cpuSeconds =
    before === null || after === null ? null : after.process.cpuSeconds - before.process.cpuSeconds;
  const sfuLoad = sfuLoadOf(cycle);
  return {
    joined,
    failed,
    failures,
    joinsPerSecond: joined / seconds,
    cpuMillisecondsPerJoin: cpuSeconds === null || joined === 0 ? null : (cpuSeconds / joined) * 1000,
    joinTime,
    sfuLoad,
    othersLoad: othersLoadOf(cycle),
    generatorLoad,
    limitedBy: generatorLoad > (sfuLoad ?? 1) ? 'generator' : 'sfu',
  };
}

function roomsUnderStorm(measurement: Measurement): RoomsUnderStorm {
  const { seconds, packetsSent, packetsReceived, lateSends, worstLoss, latency, faults } = measurement;
  if (latency === null) throw new Error('the generator has measured no latency');
  return {
    seconds,
    packetsPerSecond: packetsReceived / seconds,
    loss: lossOf(measurement),
    worstLoss,
    latency,
    sfuLoad: sfuLoadOf(measurement),
    lateShare: packetsSent === 0 ? 0 : lateSends / packetsSent,
    faults,
  };
}
