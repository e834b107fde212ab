/** Resident memory of the SFU's process tree: idle, per participant, and over churn. */
import { setTimeout as sleep } from 'node:timers/promises';
import { readTreeUsage } from '../process-tree.js';
import type { RunningSfu, SfuSettings } from '../sfu/sfu.js';
import { type MeasureContext, withRooms } from './rooms.js';
import { slopeOf } from './slope.js';

const ROOM_SIZE = 10;
/** Joins that are under way at the same time, and participants that stay, while others come and go. */
const CHURN_CONCURRENCY = 32;
const CHURN_STAYING = 50;

type StartSfu = (settings: SfuSettings) => Promise<RunningSfu>;

export interface MemoryOptions {
  /** Participants in rooms of 10 who hear each other's first second and then are silent; each number is a run with an SFU of its own. */
  readonly silent: readonly number[];
  /** As `silent`, but everybody speaks. */
  readonly sending: readonly number[];
  /** Joins and leaves. */
  readonly churn: number;
  /** Readings while they go on. */
  readonly churnReadings: number;
  /** Before each reading: buffers are given back. */
  readonly settleSeconds: number;
}

export interface ParticipantsMemory {
  readonly participants: number;
  readonly sending: boolean;
  readonly idleBytes: number;
  readonly bytes: number;
  /** What each has added to the idle SFU. */
  readonly bytesPerParticipant: number;
}

export interface ChurnReading {
  /** So far; all have left again. */
  readonly joins: number;
  /** Resident, with the garbage that the SFU has not collected yet. */
  readonly residentBytes: number;
  /** Resident behind a full collection, where the SFU can be made to do one: what is kept. */
  readonly bytes: number;
}

export interface ChurnMemory {
  readonly readings: readonly ChurnReading[];
  /**
   * Bytes for each join that stay behind: the slope of the second half of the readings, since the first join fills
   * caches and heaps; null with fewer than two readings in it.
   */
  readonly bytesPerJoin: number | null;
  readonly failed: number;
  readonly failures: readonly string[];
}

export interface MemoryResult {
  readonly idleBytes: number;
  readonly participants: readonly ParticipantsMemory[];
  /**
   * What one more participant takes: the slope over all such runs with the idle SFU as the first, which is free of what
   * the first participants make the SFU load; null without such runs.
   */
  readonly bytesPerSilentParticipant: number | null;
  readonly bytesPerSpeakingParticipant: number | null;
  readonly churn: ChurnMemory | null;
}

/**
 * @param start starts a fresh SFU on this machine for each run
 * @throws Error when the SFU is not on this machine
 */
export async function measureMemory(
  start: StartSfu,
  options: MemoryOptions,
  context: MeasureContext,
): Promise<MemoryResult> {
  const participants: ParticipantsMemory[] = [];
  for (const sending of [false, true]) {
    for (const count of sending ? options.sending : options.silent) {
      participants.push(
        await withFresh(start, {}, (sfu) => measureParticipants(sfu, count, sending, options, context)),
      );
    }
  }
  const churn =
    options.churn > 0
      ? await withFresh(start, { collectsGarbage: true }, (sfu) => measureChurn(sfu, options, context))
      : null;
  const idleBytes =
    participants[0]?.idleBytes ??
    churn?.readings[0]?.bytes ??
    (await withFresh(start, {}, (sfu) => settledBytes(sfu, options.settleSeconds)));
  return {
    idleBytes,
    participants,
    bytesPerSilentParticipant: bytesPerParticipantOf(participants.filter(({ sending }) => !sending)),
    bytesPerSpeakingParticipant: bytesPerParticipantOf(participants.filter(({ sending }) => sending)),
    churn,
  };
}

function bytesPerParticipantOf(runs: readonly ParticipantsMemory[]): number | null {
  return slopeOf(
    runs.flatMap((run) => [
      { x: 0, y: run.idleBytes },
      { x: run.participants, y: run.bytes },
    ]),
  );
}

async function measureParticipants(
  sfu: RunningSfu,
  count: number,
  sending: boolean,
  { settleSeconds }: MemoryOptions,
  context: MeasureContext,
): Promise<ParticipantsMemory> {
  const idleBytes = await settledBytes(sfu, settleSeconds);
  const rooms = Array.from({ length: Math.ceil(count / ROOM_SIZE) }, () => ({
    publishers: ROOM_SIZE,
    listeners: 0,
  }));
  const bytes = await withRooms(sfu, { rooms, silent: !sending }, context, () =>
    settledBytes(sfu, settleSeconds),
  );
  const participants = rooms.length * ROOM_SIZE;
  const bytesPerParticipant = (bytes - idleBytes) / participants;
  return { participants, sending, idleBytes, bytes, bytesPerParticipant };
}

function measureChurn(
  sfu: RunningSfu,
  { churn, churnReadings, settleSeconds }: MemoryOptions,
  context: MeasureContext,
): Promise<ChurnMemory> {
  return withRooms(sfu, { rooms: [] }, context, async ({ generator }) => {
    const readings = [await readChurn(sfu, 0, settleSeconds)];
    let failed = 0;
    const failures: string[] = [];
    const joins = Math.ceil(churn / churnReadings);
    for (let reading = 1; reading <= churnReadings; reading++) {
      const cycle = await generator.cycle({
        joins,
        concurrency: CHURN_CONCURRENCY,
        roomSize: ROOM_SIZE,
        staying: CHURN_STAYING,
      });
      failed += cycle.failed;
      failures.push(...cycle.failures);
      readings.push(await readChurn(sfu, reading * joins, settleSeconds));
    }
    const later = readings.slice(Math.ceil(readings.length / 2));
    const bytesPerJoin = slopeOf(later.map((reading) => ({ x: reading.joins, y: reading.bytes })));
    return { readings, bytesPerJoin, failed, failures };
  });
}

/** V8 collects when it pleases, and later the more memory there is: what is kept shows behind a full collection only. */
async function readChurn(sfu: RunningSfu, joins: number, seconds: number): Promise<ChurnReading> {
  const residentBytes = await settledBytes(sfu, seconds);
  sfu.collectGarbage?.();
  return { joins, residentBytes, bytes: await settledBytes(sfu, seconds) };
}

async function settledBytes(sfu: RunningSfu, seconds: number): Promise<number> {
  if (sfu.pid === null) throw new Error(`${sfu.name} is not on this machine: its memory cannot be read`);
  await sleep(seconds * 1000);
  return readTreeUsage(sfu.pid).residentBytes;
}

async function withFresh<Result>(
  start: StartSfu,
  settings: SfuSettings,
  action: (sfu: RunningSfu) => Promise<Result>,
): Promise<Result> {
  const sfu = await start(settings);
  try {
    return await action(sfu);
  } finally {
    await sfu.stop();
  }
}
