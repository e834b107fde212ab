/** What one scenario came to: the figures that the report prints, computed from what was counted. */
import type { Measurement, Slice } from './generator/messages.js';
import type { ProcessUsage } from './process-usage.js';
import { participantsOf, type Scenario } from './scenarios.js';

export interface EngineFigures {
  /** CPU time of the whole process by wall-clock time: 1 is one core. */
  readonly load: number;
  readonly microsecondsPerPacketOut: number | null;
  /** Shares of that in user space and in the kernel. The kernel samples the split by its tick. */
  readonly userMicroseconds: number | null;
  readonly systemMicroseconds: number | null;
  readonly mainThreadLoad: number;
  /** The busiest other thread, which is the media worker. */
  readonly workerThreadLoad: number;
  /** All other threads: V8's and libuv's. */
  readonly otherThreadsLoad: number;
  readonly switchesPerSecond: number;
  readonly residentBytes: number;
  /** What others used of the engine's core: above a few percent the figures are not worth much. */
  readonly othersLoad: number;
}

export interface ScenarioResult {
  readonly name: string;
  readonly participants: number;
  readonly seconds: number;
  readonly joinSeconds: number | null;
  readonly packetsInPerSecond: number;
  readonly packetsOutPerSecond: number;
  readonly bitsOutPerSecond: number;
  readonly loss: number;
  readonly worstLoss: number;
  readonly duplicates: number;
  readonly verified: number;
  readonly maxLateness: number;
  readonly generatorLoad: number;
  readonly engine: EngineFigures | null;
  /** The part of the measurement in which others used least of the engine's core; null where that is not known. */
  readonly quietest: QuietestSlice | null;
  readonly faults: readonly string[];
}

export interface QuietestSlice {
  readonly microsecondsPerPacketOut: number;
  readonly othersLoad: number;
}

/** Readings of the engine at both ends of an interval. */
export interface EngineInterval {
  readonly before: ProcessUsage;
  readonly after: ProcessUsage;
  /** Seconds that the engine's core was busy in the interval, with whatever. */
  readonly coreBusySeconds: number;
}

/** @param packetsOut within the interval */
export function engineFigures(pid: number, interval: EngineInterval, packetsOut: number): EngineFigures {
  const { before, after, coreBusySeconds } = interval;
  const seconds = after.at - before.at;
  const cpu = after.cpuSeconds - before.cpuSeconds;
  const user = after.userSeconds - before.userSeconds;
  const system = after.systemSeconds - before.systemSeconds;
  const perPacket = packetsOut === 0 ? null : (cpu / packetsOut) * 1e6;
  const split = (part: number) =>
    perPacket === null ? null : user + system === 0 ? 0 : (perPacket * part) / (user + system);
  const [mainThread, workerThread, otherThreads] = threadSeconds(pid, before, after);
  return {
    load: cpu / seconds,
    microsecondsPerPacketOut: perPacket,
    userMicroseconds: split(user),
    systemMicroseconds: split(system),
    mainThreadLoad: mainThread / seconds,
    workerThreadLoad: workerThread / seconds,
    otherThreadsLoad: otherThreads / seconds,
    switchesPerSecond: (after.voluntarySwitches - before.voluntarySwitches) / seconds,
    residentBytes: after.residentBytes,
    othersLoad: Math.max(0, (coreBusySeconds - cpu) / seconds),
  };
}

export function scenarioResult(
  scenario: Scenario,
  joinSeconds: number,
  measurement: Measurement,
  engine: EngineFigures | null,
): ScenarioResult {
  const { seconds, packetsSent, packetsReceived, octetsReceived, expected, arrived } = measurement;
  const { worstLoss, duplicates, verified, maxLateness, generatorLoad, faults } = measurement;
  return {
    name: scenario.name,
    participants: participantsOf(scenario),
    seconds,
    joinSeconds,
    packetsInPerSecond: packetsSent / seconds,
    packetsOutPerSecond: packetsReceived / seconds,
    bitsOutPerSecond: (octetsReceived * 8) / seconds,
    loss: expected === 0 ? 0 : 1 - arrived / expected,
    worstLoss,
    duplicates,
    verified,
    maxLateness,
    generatorLoad,
    engine,
    quietest: quietestSlice(measurement.slices),
    faults,
  };
}

export function idleResult(scenario: Scenario, seconds: number, engine: EngineFigures): ScenarioResult {
  return {
    name: scenario.name,
    participants: 0,
    seconds,
    joinSeconds: null,
    packetsInPerSecond: 0,
    packetsOutPerSecond: 0,
    bitsOutPerSecond: 0,
    loss: 0,
    worstLoss: 0,
    duplicates: 0,
    verified: 0,
    maxLateness: 0,
    generatorLoad: 0,
    engine,
    quietest: null,
    faults: [],
  };
}

/** On a machine that is busy with other things, this is what the engine costs on one that is not. */
export function quietestSlice(slices: readonly Slice[]): QuietestSlice | null {
  let quietest: QuietestSlice | null = null;
  for (const { seconds, packetsReceived, engineCpuSeconds, coreBusySeconds } of slices) {
    const othersLoad = Math.max(0, (coreBusySeconds - engineCpuSeconds) / seconds);
    if (packetsReceived === 0 || (quietest !== null && quietest.othersLoad <= othersLoad)) continue;
    quietest = { microsecondsPerPacketOut: (engineCpuSeconds / packetsReceived) * 1e6, othersLoad };
  }
  return quietest;
}

/** @returns CPU seconds of the main thread, of the busiest other, and of the rest */
function threadSeconds(pid: number, before: ProcessUsage, after: ProcessUsage): [number, number, number] {
  const earlier = new Map(before.threads.map((thread) => [thread.id, thread.cpuSeconds]));
  let [main, busiest, others] = [0, 0, 0];
  for (const { id, cpuSeconds } of after.threads) {
    const used = cpuSeconds - (earlier.get(id) ?? 0);
    if (id === pid) main = used;
    else {
      others += Math.min(used, busiest);
      busiest = Math.max(used, busiest);
    }
  }
  return [main, busiest, others];
}
