/** Rooms of participants at one SFU: what all measures begin with. */
import { setTimeout as sleep } from 'node:timers/promises';
import { PACKET_INTERVAL_MS } from '@kraken/load/media-packet';
import type { RoomShape } from '@kraken/load/participants';
import type { Measurement } from '../generator/messages.js';
import { GeneratorProcess } from '../generator-process.js';
import type { Cores } from '../machine.js';
import type { RunningSfu } from '../sfu/sfu.js';

/** That an SFU has received before it is measured. */
const WARM_UP_PACKETS = 6000;

/** What is the same for all measures of a run. */
export interface MeasureContext {
  readonly cores: Cores;
  /** Share of received packets that are decrypted and verified, 0 to 1. */
  readonly sampleShare: number;
  /** Seconds between two `subscribe` calls of a participant; 0 for none. */
  readonly pollSeconds: number;
  /** Of the phases at which publishers send. */
  readonly seed: number;
  /** Between the last participant's joining and the measurement. */
  readonly warmUpSeconds: number;
}

export interface RoomsOptions {
  readonly rooms: readonly RoomShape[];
  /** One of so many packets of each stream is timed; 0 for none. */
  readonly latencyInterval?: number;
  /** Whether everybody falls silent a second after joining. */
  readonly silent?: boolean;
  /** How many publishers of a room speak at a time, by turns; 0, unless given, for audio levels that mean nothing. */
  readonly speakers?: number;
  /** In how many slots participants hear whoever speaks; 0, unless given, for an m-line per publisher. */
  readonly slots?: number;
  /** Whether the SFU forwards some of what is published. */
  readonly isSelective?: boolean;
}

/** Participants that have joined. */
export interface RunningRooms {
  readonly generator: GeneratorProcess;
  /** That it took everybody to join. */
  readonly joinSeconds: number;
}

/**
 * Lets participants join, and leave when `action` is done.
 * @throws Error when not all can join, or the generator fails
 */
export async function withRooms<Result>(
  sfu: RunningSfu,
  options: RoomsOptions,
  context: MeasureContext,
  action: (running: RunningRooms) => Promise<Result>,
): Promise<Result> {
  const { cores, sampleShare, pollSeconds, seed } = context;
  const {
    rooms,
    latencyInterval = 0,
    silent = false,
    speakers = 0,
    slots = 0,
    isSelective = false,
  } = options;
  const generator = new GeneratorProcess(
    {
      target: sfu.target,
      rooms,
      sampleShare,
      latencyInterval,
      silent,
      speakers,
      slots,
      isSelective,
      pollSeconds,
      seed,
      enginePid: sfu.pid,
      engineCore: cores.engine,
    },
    cores.generator,
  );
  try {
    const joinSeconds = await generator.joined();
    const result = await action({ generator, joinSeconds });
    await generator.leave();
    return result;
  } finally {
    generator.kill();
  }
}

/** Measures rooms in their steady state. */
export function measureRooms(
  sfu: RunningSfu,
  options: RoomsOptions,
  context: MeasureContext,
  seconds: number,
): Promise<{ readonly joinSeconds: number; readonly measurement: Measurement }> {
  return withRooms(sfu, options, context, async ({ generator, joinSeconds }) => {
    await sleep(warmUpSecondsOf(options, context) * 1000);
    return { joinSeconds, measurement: await generator.measure(seconds) };
  });
}

/** In small rooms it takes longer until a compiler has seen enough to make fast code, which then runs for days. */
function warmUpSecondsOf({ rooms, silent = false }: RoomsOptions, { warmUpSeconds }: MeasureContext): number {
  const publishers = rooms.reduce((sum, room) => sum + room.publishers, 0);
  if (silent || publishers === 0 || warmUpSeconds === 0) return warmUpSeconds;
  return Math.max(warmUpSeconds, (WARM_UP_PACKETS * PACKET_INTERVAL_MS) / 1000 / publishers);
}

/** @returns the share of the expected packets that did not arrive */
export function lossOf({ expected, arrived }: Measurement): number {
  return expected === 0 ? 0 : 1 - arrived / expected;
}

/** @returns the share of one core that the SFU used, or null where that is not known */
export function sfuLoadOf({ before, after }: Pick<Measurement, 'before' | 'after'>): number | null {
  if (before === null || after === null) return null;
  return (after.process.cpuSeconds - before.process.cpuSeconds) / (after.process.at - before.process.at);
}

/** @returns the share of the SFU's core that others used: above a few percent figures are not worth much */
export function othersLoadOf(interval: Pick<Measurement, 'before' | 'after'>): number | null {
  const { before, after } = interval;
  const sfuLoad = sfuLoadOf(interval);
  if (before === null || after === null || sfuLoad === null) return null;
  const busy = after.coreBusySeconds - before.coreBusySeconds;
  return Math.max(0, busy / (after.process.at - before.process.at) - sfuLoad);
}
