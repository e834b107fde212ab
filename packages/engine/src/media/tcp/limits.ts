import type { TcpLimits } from '../../contract/worker-options.js';

/** TCP connections that one worker holds at most. */
export const MAX_CONNECTIONS = 4096;
/**
 * Frames per second that are taken of one connection, and so many at once: somewhat more than the packets that a participant may
 * send (uplink-limits.ts). Of short ones a system call brings tens of thousands, which the worker would take before anything else.
 */
export const FRAMES_PER_SECOND = 1_500;
export const FRAME_BURST = 3_000;
/** Some hundred connectivity checks; and the phones of an office that all connect at the same time. */
export const DEFAULT_TCP_LIMITS: TcpLimits = {
  octets: 32 * 1024,
  perAddress: 128,
  connections: MAX_CONNECTIONS,
};

/** @param budget of all workers together @returns how many connections one of so many workers may hold */
export function connectionsOfWorker(workers: number, budget: number): number {
  return Math.max(1, Math.min(MAX_CONNECTIONS, Math.floor(budget / workers)));
}
