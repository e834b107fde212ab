/**
 * Capacity: the most packets/s out on one core of which less than 0.1 % are lost. Short runs search for it, a longer
 * one confirms what they find. A load that failed because of the generator is not held against the SFU.
 */
import type { Measurement } from '../generator/messages.js';
import type { RunningSfu } from '../sfu/sfu.js';
import { type SearchOptions, searchCapacity } from './capacity-search.js';
import { type LoadShape, sizeFor } from './load-shape.js';
import { lossOf, type MeasureContext, measureRooms, othersLoadOf, sfuLoadOf } from './rooms.js';

/** Share of packets that a load may lose and still be carried. */
export const MAX_LOSS = 0.001;
/** Beyond these the generator cannot be trusted to have offered the load, and to have taken what came. */
const MAX_GENERATOR_LOAD = 0.9;
const MAX_LATE_SENDS = 0.01;
const MAX_GENERATOR_DROPS = MAX_LOSS / 2;
/** Share of what was sent that may arrive later than it was sent: more is a queue that grows, or one that empties. */
const MAX_BACKLOG = 0.03;
/** Share of the SFU's core that others may use; beyond it a failure says nothing. */
const MAX_OTHERS_LOAD = 0.05;
/** A try that fails is made again, and one that others disturbed is made anew so often. */
const ATTEMPTS = 2;
const MAX_ATTEMPTS = 5;
/** Each confirmation that fails is followed by one with so much less. */
const RETREAT = 0.95;
const CONFIRMATIONS = 4;

export interface CapacityOptions extends SearchOptions {
  /** Of a try. */
  readonly seconds: number;
  /** Of the confirmation. */
  readonly confirmSeconds: number;
}

export type Verdict = 'carried' | 'sfu-limited' | 'generator-limited' | 'disturbed';

/** One try. */
export interface CapacityTry {
  readonly size: number;
  readonly seconds: number;
  readonly packetsPerSecond: number;
  readonly loss: number;
  readonly worstLoss: number;
  readonly sfuLoad: number | null;
  readonly othersLoad: number | null;
  readonly generatorLoad: number;
  readonly maxLateness: number;
  readonly verdict: Verdict;
  /** Why not even that much could be measured, or faults of the media; empty when all was well. */
  readonly faults: readonly string[];
}

export interface CapacityResult {
  readonly shape: string;
  readonly unit: string;
  /** Of the confirmed run; null when no load was carried. */
  readonly size: number | null;
  readonly packetsPerSecond: number | null;
  readonly loss: number | null;
  readonly sfuLoad: number | null;
  /**
   * What kept the next greater load from being carried: `others` when what else the machine did was in the way of
   * every try, `limit` when the search's own limit was carried.
   */
  readonly limitedBy: 'sfu' | 'generator' | 'others' | 'limit';
  readonly tries: readonly CapacityTry[];
}

export async function measureCapacity(
  sfu: RunningSfu,
  options: CapacityOptions,
  context: MeasureContext,
): Promise<CapacityResult> {
  const { shape } = options;
  const tries: CapacityTry[] = [];
  const carries = async (size: number, seconds: number) => {
    let undisturbed = 0;
    for (let i = 0; i < MAX_ATTEMPTS && undisturbed < ATTEMPTS; i++) {
      const outcome = await tryLoad(sfu, shape, size, seconds, context);
      tries.push(outcome);
      if (outcome.verdict === 'carried') return true;
      if (outcome.verdict !== 'disturbed') undisturbed++;
    }
    return false;
  };
  const found = await searchCapacity(options, (size) => carries(size, options.seconds));
  let size = found.carried;
  for (let i = 0; size !== null && !(await carries(size, options.confirmSeconds)); i++) {
    const less = sizeFor(shape, shape.packetsPerSecond(size) * RETREAT);
    size = i + 1 < CONFIRMATIONS && less < size ? less : null;
  }
  const confirmed = size === null ? undefined : tries.at(-1);
  return {
    shape: shape.name,
    unit: shape.unit,
    size,
    packetsPerSecond: confirmed?.packetsPerSecond ?? null,
    loss: confirmed?.loss ?? null,
    sfuLoad: confirmed?.sfuLoad ?? null,
    limitedBy: limitOf(tries, confirmed?.size ?? 0),
    tries,
  };
}

/** @returns what the least load above the carried one failed by */
export function limitOf(
  tries: readonly Pick<CapacityTry, 'size' | 'verdict'>[],
  carried: number,
): CapacityResult['limitedBy'] {
  const failed = tries.filter(({ size, verdict }) => size > carried && verdict !== 'carried');
  if (failed.length === 0) return 'limit';
  const least = Math.min(...failed.map(({ size }) => size));
  const verdicts = failed.filter(({ size }) => size === least).map(({ verdict }) => verdict);
  if (verdicts.includes('sfu-limited')) return 'sfu';
  return verdicts.includes('generator-limited') ? 'generator' : 'others';
}

export function verdictOf(measurement: Measurement): Verdict {
  const { expected, packetsReceived, packetsSent, lateSends, droppedByGenerator } = measurement;
  const arrivesInTime = Math.abs(packetsReceived - expected) <= MAX_BACKLOG * expected;
  const isFaultless = expected > 0 && measurement.faults.length === 0;
  if (isFaultless && arrivesInTime && lossOf(measurement) < MAX_LOSS) return 'carried';
  if ((othersLoadOf(measurement) ?? 0) > MAX_OTHERS_LOAD) return 'disturbed';
  const generatorFailed =
    measurement.generatorLoad > MAX_GENERATOR_LOAD ||
    lateSends > MAX_LATE_SENDS * packetsSent ||
    droppedByGenerator > MAX_GENERATOR_DROPS * expected;
  return generatorFailed ? 'generator-limited' : 'sfu-limited';
}

async function tryLoad(
  sfu: RunningSfu,
  shape: LoadShape,
  size: number,
  seconds: number,
  context: MeasureContext,
): Promise<CapacityTry> {
  try {
    const { measurement } = await measureRooms(sfu, { rooms: shape.roomsOf(size) }, context, seconds);
    return {
      size,
      seconds: measurement.seconds,
      packetsPerSecond: measurement.arrived / measurement.seconds,
      loss: lossOf(measurement),
      worstLoss: measurement.worstLoss,
      sfuLoad: sfuLoadOf(measurement),
      othersLoad: othersLoadOf(measurement),
      generatorLoad: measurement.generatorLoad,
      maxLateness: measurement.maxLateness,
      verdict: verdictOf(measurement),
      faults: measurement.faults,
    };
  } catch (error) {
    return failedTry(size, error);
  }
}

/** Whoever is too busy to let participants join carries no load. */
function failedTry(size: number, error: unknown): CapacityTry {
  return {
    size,
    seconds: 0,
    packetsPerSecond: 0,
    loss: 1,
    worstLoss: 1,
    sfuLoad: null,
    othersLoad: null,
    generatorLoad: 0,
    maxLateness: 0,
    verdict: 'sfu-limited',
    faults: [error instanceof Error ? error.message : String(error)],
  };
}
