/** Added forwarding latency at given loads; what it contains, and how exact it is, tells packages/load/src/latency-probe.ts. */
import type { LatencyFigures } from '@kraken/load/latency-histogram';
import type { Measurement } from '../generator/messages.js';
import { readCoreStolenSeconds } from '../process-usage.js';
import type { RunningSfu } from '../sfu/sfu.js';
import { type LoadShape, sizeFor } from './load-shape.js';
import { lossOf, type MeasureContext, measureRooms, othersLoadOf, sfuLoadOf } from './rooms.js';

/** One of so many packets of each stream is timed. */
export const LATENCY_INTERVAL = 8;
/** Share of the SFU's core that others may use; a measurement that they disturbed is made again, so often at most. */
const MAX_OTHERS_LOAD = 0.05;
const MAX_ATTEMPTS = 3;
export const CAPACITY_SHARES: readonly number[] = [0.25, 0.5, 0.75];

export interface LatencyOptions {
  readonly shape: LoadShape;
  /** The SFU's capacity with that shape, packets/s. */
  readonly capacity: number;
  /** At which shares of it latency is measured, 0 to 1. */
  readonly shares: readonly number[];
  /** Of each. */
  readonly seconds: number;
}

export interface LatencyResult {
  /** Of the capacity, as asked for; rooms come in whole participants, so the load is a little below. */
  readonly share: number;
  readonly size: number;
  readonly packetsPerSecond: number;
  /** Microseconds. */
  readonly latency: LatencyFigures;
  readonly loss: number;
  readonly sfuLoad: number | null;
  readonly othersLoad: number | null;
  readonly generatorLoad: number;
  /** Share of the time, joining included, in which the host of a virtual machine did not let the SFU's core run. */
  readonly stolenShare: number;
  /** Share of the packets that were sent more than 5 ms late: publishers in step, so above a percent too much. */
  readonly lateShare: number;
  readonly faults: readonly string[];
}

export async function measureLatency(
  sfu: RunningSfu,
  { shape, capacity, shares, seconds }: LatencyOptions,
  context: MeasureContext,
): Promise<LatencyResult[]> {
  const results: LatencyResult[] = [];
  for (const share of shares) {
    const size = sizeFor(shape, share * capacity);
    const rooms = { rooms: shape.roomsOf(size), latencyInterval: LATENCY_INTERVAL };
    const attempts: LatencyResult[] = [];
    for (let i = 0; i < MAX_ATTEMPTS; i++) {
      const stolenBefore = readCoreStolenSeconds(context.cores.engine);
      const startedAt = performance.now();
      const { measurement } = await measureRooms(sfu, rooms, context, seconds);
      const stolenSeconds = readCoreStolenSeconds(context.cores.engine) - stolenBefore;
      const stolenShare = (1000 * stolenSeconds) / (performance.now() - startedAt);
      attempts.push({ ...latencyResult(share, size, measurement), stolenShare });
      if ((attempts.at(-1)?.othersLoad ?? 0) <= MAX_OTHERS_LOAD) break;
    }
    const [calmest] = attempts.sort((a, b) => (a.othersLoad ?? 0) - (b.othersLoad ?? 0));
    if (calmest !== undefined) results.push(calmest);
  }
  return results;
}

function latencyResult(
  share: number,
  size: number,
  measurement: Measurement,
): Omit<LatencyResult, 'stolenShare'> {
  const { latency, packetsSent, packetsReceived, lateSends, generatorLoad, faults } = measurement;
  if (latency === null) throw new Error('the generator has measured no latency');
  return {
    share,
    size,
    packetsPerSecond: packetsReceived / measurement.seconds,
    latency,
    loss: lossOf(measurement),
    sfuLoad: sfuLoadOf(measurement),
    othersLoad: othersLoadOf(measurement),
    generatorLoad,
    lateShare: packetsSent === 0 ? 0 : lateSends / packetsSent,
    faults,
  };
}
