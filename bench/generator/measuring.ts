/** One measurement of a load: counts and readings at both ends, and what has been lost in between. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { LatencyHistogram } from '@kraken/load/latency-histogram';
import type { LoadLoop } from '@kraken/load/load-loop';
import { type Losses, LossWindow } from '@kraken/load/loss-window';
import type { Participant } from '@kraken/load/participant';
import { readSocketDrops } from '@kraken/load/socket-drops';
import { type Counts, findFaults, takeCounts } from '@kraken/load/tally';
import type { Measurement, Slice, Usage } from './messages.js';

const SLICE_SECONDS = 1;
/** For the last packets of a measurement to arrive, where the machine is too busy to bring them at once. */
const MAX_DRAIN_MS = 3000;
const DRAIN_POLL_MS = 50;

/** What is measured, and by what. */
export interface MeasuringOptions {
  readonly participants: readonly Participant[];
  /** The SFU forwards some of what is published. */
  readonly isSelective: boolean;
  readonly loop: LoadLoop;
  /** Null where latency is not measured. */
  readonly latency: LatencyHistogram | null;
  /** The SFU's usage, or null where it cannot be read. */
  readonly readUsage: () => Usage | null;
  /** At most. */
  readonly seconds: number;
  /** Ends it earlier. */
  readonly signal: AbortSignal;
}

/** What is read at both ends. */
interface Reading {
  readonly at: number;
  readonly counts: Counts;
  /** CPU seconds of this process. */
  readonly cpuSeconds: number;
  readonly usage: Usage | null;
}

export async function measure(options: MeasuringOptions): Promise<Measurement> {
  const { participants, loop, latency } = options;
  const window = new LossWindow(participants, options.isSelective);
  loop.resetLateness();
  latency?.clear();
  const dropsBefore = readDrops(participants);
  const start = takeReading(options);
  const slices = await passTime(options, start);
  const end = takeReading(options);
  window.close();
  const { maxLateness, lateSends } = loop;
  const latencyFigures = latency?.figures() ?? null;
  const seconds = (end.at - start.at) / 1000;
  const losses = await drain(window);
  return {
    seconds,
    packetsSent: end.counts.sent - start.counts.sent,
    packetsReceived: end.counts.received - start.counts.received,
    octetsReceived: end.counts.octets - start.counts.octets,
    rtcpPacketsReceived: end.counts.rtcp - start.counts.rtcp,
    ...losses,
    duplicates: end.counts.duplicates - start.counts.duplicates,
    verified: end.counts.verified,
    maxLateness,
    lateSends,
    droppedByGenerator: readDrops(participants) - dropsBefore,
    latency: latencyFigures,
    generatorLoad: (end.cpuSeconds - start.cpuSeconds) / seconds,
    faults: findFaults(participants),
    before: start.usage,
    after: end.usage,
    slices,
  };
}

function takeReading({ participants, readUsage }: MeasuringOptions): Reading {
  const { user, system } = process.cpuUsage();
  return {
    at: performance.now(),
    counts: takeCounts(participants),
    cpuSeconds: (user + system) / 1e6,
    usage: readUsage(),
  };
}

/** Lets the time of a measurement pass, and takes readings on the way. */
async function passTime(options: MeasuringOptions, start: Reading): Promise<Slice[]> {
  const { participants, readUsage, seconds, signal } = options;
  const slices: Slice[] = [];
  let earlier = start.usage;
  let { received } = start.counts;
  for (let left = seconds; left > 0 && !signal.aborted; left -= SLICE_SECONDS) {
    await sleep(Math.min(left, SLICE_SECONDS) * 1000, undefined, { signal }).catch(() => undefined);
    const usage = readUsage();
    if (usage === null || earlier === null) continue;
    const counts = takeCounts(participants);
    slices.push({
      seconds: usage.process.at - earlier.process.at,
      packetsReceived: counts.received - received,
      engineCpuSeconds: usage.process.cpuSeconds - earlier.process.cpuSeconds,
      coreBusySeconds: usage.coreBusySeconds - earlier.coreBusySeconds,
    });
    earlier = usage;
    received = counts.received;
  }
  return slices;
}

/** @returns what is lost when all has arrived, or nothing more can be expected to */
async function drain(window: LossWindow): Promise<Losses> {
  const deadline = performance.now() + MAX_DRAIN_MS;
  for (;;) {
    await sleep(DRAIN_POLL_MS);
    const losses = window.losses();
    if (losses.arrived === losses.expected || performance.now() > deadline) return losses;
  }
}

function readDrops(participants: readonly Participant[]): number {
  return readSocketDrops(new Set(participants.flatMap(({ ports }) => ports)));
}
