/** The physical floor: what a forwarding unit costs in C that does no more than it must. See floor.c. */
import type { RoomShape } from '@kraken/load/participants';
import type { Cores } from '../machine.js';
import { compileNative, type NativeProgram, runNative } from './compile.js';

export interface FloorVariant {
  readonly name: 'floor' | 'without encryption' | 'gathered';
  readonly isEncrypted: boolean;
  /** Time to wait for more packets; above 0 those to one destination go out as one UDP GSO message. */
  readonly gatherMicroseconds: number;
  /** Whether packets are timed; that costs a little. */
  readonly isTimed?: boolean;
}

/** What the ratios refer to: one message per packet, sent at once. */
export const FLOOR: FloorVariant = { name: 'floor', isEncrypted: true, gatherMicroseconds: 0 };
export const FLOOR_VARIANTS: readonly FloorVariant[] = [
  FLOOR,
  { name: 'without encryption', isEncrypted: false, gatherMicroseconds: 0 },
  { name: 'gathered', isEncrypted: true, gatherMicroseconds: 1000 },
];

/**
 * What latency is held against: without gathering the floor has no core left where the SFU's load is half of what it
 * can carry.
 */
export const LATENCY_FLOORS: readonly (FloorVariant & { readonly name: 'floor' | 'gathered' })[] = [
  { name: 'floor', isEncrypted: true, gatherMicroseconds: 0, isTimed: true },
  { name: 'gathered', isEncrypted: true, gatherMicroseconds: 500, isTimed: true },
];

export interface FloorResult {
  /** CPU time of the whole process, that of the kernel included. */
  readonly microsecondsPerPacketOut: number;
  readonly packetsInPerSecond: number;
  readonly packetsOutPerSecond: number;
  /** 1 is one core. */
  readonly load: number;
  readonly wakesPerSecond: number;
  readonly lost: number;
  readonly verified: number;
  readonly wrong: number;
  /** False where encryption was asked for but the processor has no instructions for it. */
  readonly crypto: boolean;
  /** Microseconds; 65,535 stands for all that is longer. Zeros where nothing was timed. */
  readonly latency: { readonly p50: number; readonly p99: number; readonly p999: number };
}

/** @throws NativeError where it cannot be compiled */
export function compileFloor(root: string): NativeProgram {
  return compileNative(root, 'floor');
}

/**
 * @param rooms all of the same shape
 * @throws NativeError when the program fails, or has encrypted anything wrong
 */
export function measureFloor(
  program: NativeProgram,
  rooms: readonly RoomShape[],
  variant: FloorVariant,
  options: { readonly seconds: number; readonly cores: Cores },
): FloorResult {
  const { publishers, listeners } = rooms[0] ?? { publishers: 0, listeners: 0 };
  const { seconds, cores } = options;
  const args = [rooms.length, publishers, listeners, seconds, cores.engine, cores.generator];
  const { isEncrypted, gatherMicroseconds, isTimed = false } = variant;
  const mode = [isEncrypted ? 1 : 0, gatherMicroseconds, isTimed ? 1 : 0];
  const result = runNative(program, [...args, ...mode].map(String));
  if (!isFloorResult(result)) throw new Error(`the floor printed ${JSON.stringify(result)}`);
  if (result.wrong > 0) throw new Error(`the floor has encrypted ${result.wrong} packets wrong`);
  return result;
}

function isFloorResult(result: unknown): result is FloorResult {
  return typeof result === 'object' && result !== null && 'microsecondsPerPacketOut' in result;
}
