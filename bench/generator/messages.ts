/** What the benchmark and its generator process say to each other. Plain data: it crosses as JSON. */

import type { LatencyFigures } from '@kraken/load/latency-histogram';
import type { RoomShape } from '@kraken/load/participants';
import type { ProcessUsage } from '../process-usage.js';
import type { SignallingTarget } from '../sfu/sfu.js';

/** The generator's only argument, in JSON. */
export interface GeneratorOptions {
  /** Where participants join. */
  readonly target: SignallingTarget;
  readonly rooms: readonly RoomShape[];
  /** Share of received packets that are decrypted and verified, 0 to 1. */
  readonly sampleShare: number;
  /** One of so many packets of each stream is timed on its way; 0 for none, without time stamps then. */
  readonly latencyInterval: number;
  /** Whether publishers fall silent a second after they are connected. */
  readonly silent: boolean;
  /** How many publishers of a room speak at a time, by turns; 0 for audio levels that mean nothing. */
  readonly speakers: number;
  /** In how many slots participants hear whoever speaks; 0 for an m-line per publisher. */
  readonly slots: number;
  /** The SFU forwards some of what is published: what does not come need not be lost. */
  readonly isSelective: boolean;
  /** Seconds between two `subscribe` calls of a participant; 0 for none once all have joined. */
  readonly pollSeconds: number;
  /** Of the phases at which publishers send. */
  readonly seed: number;
  /** The engine's process, whose usage is read at both ends of a measurement; null when it is not on this machine. */
  readonly enginePid: number | null;
  /** The core that the engine is pinned to. */
  readonly engineCore: number;
}

export type GeneratorCommand =
  | { readonly type: 'measure'; readonly seconds: number }
  | { readonly type: 'finish-measuring' }
  | { readonly type: 'cycle'; readonly order: CycleOrder }
  | { readonly type: 'leave' };

export interface Usage {
  readonly process: ProcessUsage;
  /** Seconds that the engine's core was busy since boot, with whatever. */
  readonly coreBusySeconds: number;
}

export interface CycleOrder {
  readonly joins: number;
  /** Joins that are under way at the same time: the next begins when one is done. */
  readonly concurrency: number;
  readonly roomSize: number;
  /** How many stay at most: beyond it, whoever came first leaves. All leave at the end. */
  readonly staying: number;
}

export interface CycleResult {
  /** Until the last had joined. */
  readonly seconds: number;
  readonly joined: number;
  readonly failed: number;
  /** The first failures in words. */
  readonly failures: readonly string[];
  /** From the first call to the answer of the last, us. */
  readonly joinTime: LatencyFigures;
  /** Share of its core that this process used. */
  readonly generatorLoad: number;
  /** The SFU at both ends of `seconds`. */
  readonly before: Usage | null;
  readonly after: Usage | null;
}

/** A part of a measurement, about a second long. */
export interface Slice {
  readonly seconds: number;
  readonly packetsReceived: number;
  readonly engineCpuSeconds: number;
  /** Seconds that the engine's core was busy, with whatever. */
  readonly coreBusySeconds: number;
}

export interface Measurement {
  readonly seconds: number;
  readonly packetsSent: number;
  readonly packetsReceived: number;
  readonly octetsReceived: number;
  readonly rtcpPacketsReceived: number;
  /** Packets that were sent within the measurement, times those who ought to have heard them. */
  readonly expected: number;
  /** How many of these arrived, duplicates left out. */
  readonly arrived: number;
  /** Greatest share that one subscriber lost, 0 to 1. */
  readonly worstLoss: number;
  readonly duplicates: number;
  /** Packets decrypted and found right since the start. */
  readonly verified: number;
  /** Greatest lateness of a publisher's packet, ms. */
  readonly maxLateness: number;
  /** Packets that were sent late: what the generator could not do in time. */
  readonly lateSends: number;
  /** Datagrams that were lost because a participant's socket was full: by the generator, not by the SFU. */
  readonly droppedByGenerator: number;
  /** Of the packets forwarded within the measurement; null where it was not measured. */
  readonly latency: LatencyFigures | null;
  /** Share of its core that the generator used, 0 to 1. */
  readonly generatorLoad: number;
  /** Faults that make the run fail, in words. */
  readonly faults: readonly string[];
  readonly before: Usage | null;
  readonly after: Usage | null;
  /** Empty where the engine's usage cannot be read. */
  readonly slices: readonly Slice[];
}

export type GeneratorReport =
  | { readonly type: 'joined'; readonly seconds: number }
  | { readonly type: 'measured'; readonly measurement: Measurement }
  | { readonly type: 'cycled'; readonly result: CycleResult }
  | { readonly type: 'left' }
  | { readonly type: 'failed'; readonly message: string };

/** Both processes run the same build, so the tag tells the shape. */
export function isGeneratorCommand(message: unknown): message is GeneratorCommand {
  return isTagged(message) && ['measure', 'finish-measuring', 'cycle', 'leave'].includes(message.type);
}

/** As isGeneratorCommand. */
export function isGeneratorReport(message: unknown): message is GeneratorReport {
  return isTagged(message) && ['joined', 'measured', 'cycled', 'left', 'failed'].includes(message.type);
}

function isTagged(message: unknown): message is { readonly type: string } {
  return (
    typeof message === 'object' && message !== null && 'type' in message && typeof message.type === 'string'
  );
}
