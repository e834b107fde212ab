/** One round: what an idle engine takes, what forwarding costs it, and what each flood does. */
import { SocketMemory } from '@kraken/load/socket';
import { measureRooms } from '../measures/rooms.js';
import { readProcessUsage } from '../process-usage.js';
import { type RunOptions, withRunning } from '../run-scenario.js';
import { KRAKEN } from '../sfu/kraken.js';
import type { RunningSfu } from '../sfu/sfu.js';
import type { Flood } from './floods.js';
import { JoinedParticipant } from './joined-participant.js';
import { readDrops } from './read-drops.js';
import { FLOOD_RATE, FloodSender } from './send-flood.js';

const PACKETS_PER_SECOND = 50;
/** In each of them one speaks and one hears. */
const PAIRS = FLOOD_RATE / PACKETS_PER_SECOND;
/** Until what runs per packet has been compiled. */
const WARM_UP_SECONDS = 1;
/** Share of a flood that the engine has to have counted. */
const MIN_COUNTED = 0.99;
const MICROSECONDS = 1e6;

export interface RoundFigures {
  /** CPU time of the whole engine for a packet that comes in and goes to one listener. */
  readonly microsecondsPerForwarded: number;
  /** By the names of the floods. */
  readonly microsecondsPerPacket: Readonly<Record<string, number>>;
  readonly faults: readonly string[];
}

/** @throws Error when the engine could not be measured at all */
export async function measureRound(floods: readonly Flood[], options: RunOptions): Promise<RoundFigures> {
  const forwarded = await withRunning(KRAKEN, options, {}, (running) => measureForwarding(running, options));
  const flooded = await withRunning(KRAKEN, options, {}, (running) =>
    measureFloods(running, floods, options.seconds),
  );
  return { microsecondsPerForwarded: forwarded - flooded.idle / FLOOD_RATE, ...flooded };
}

/** @returns microseconds per packet, with what an idle engine takes */
async function measureForwarding(running: RunningSfu, options: RunOptions): Promise<number> {
  const rooms = { rooms: Array.from({ length: PAIRS }, () => ({ publishers: 1, listeners: 1 })) };
  const { measurement } = await measureRooms(running, rooms, options, options.seconds);
  const { before, after, packetsReceived } = measurement;
  if (before === null || after === null || packetsReceived === 0) throw new Error('nothing was forwarded');
  const cpuSeconds = after.process.cpuSeconds - before.process.cpuSeconds;
  return (cpuSeconds / packetsReceived) * MICROSECONDS;
}

async function measureFloods({ pid, target }: RunningSfu, floods: readonly Flood[], seconds: number) {
  if (pid === null) throw new Error('the engine has no process of its own');
  const memory = new SocketMemory();
  const participant = await JoinedParticipant.join(target.url, memory);
  const sender = new FloodSender(memory, participant);
  const faults: string[] = [];
  const microsecondsPerPacket: Record<string, number> = {};
  try {
    const idle = (await cpuSecondsOf(pid, () => sender.rest(seconds))).cpuSeconds / seconds;
    for (const flood of floods) {
      await sender.send(flood, WARM_UP_SECONDS);
      const dropsBefore = await readDrops(target.url);
      const { cpuSeconds, result: sent } = await cpuSecondsOf(pid, () => sender.send(flood, seconds));
      const drops = await readDrops(target.url);
      const counted = (drops.get(flood.reason) ?? 0) - (dropsBefore.get(flood.reason) ?? 0);
      if (counted < sent * MIN_COUNTED) faults.push(`${flood.name}: ${counted} of ${sent} were counted`);
      microsecondsPerPacket[flood.name] = ((cpuSeconds - idle * seconds) / sent) * MICROSECONDS;
    }
    if (!participant.isConnected) faults.push('the flooded participant is no longer connected');
    return { idle: idle * MICROSECONDS, microsecondsPerPacket, faults };
  } finally {
    sender.close();
    participant.leave();
  }
}

async function cpuSecondsOf<Result>(
  pid: number,
  action: () => Promise<Result>,
): Promise<{ readonly cpuSeconds: number; readonly result: Result }> {
  const before = readProcessUsage(pid);
  const result = await action();
  return { cpuSeconds: readProcessUsage(pid).cpuSeconds - before.cpuSeconds, result };
}
