import { getPriority, setPriority } from 'node:os';

/** By how much a media worker's thread is less nice than the process; each step is worth a quarter more of the core. */
export const PRECEDENCE = 5;
const LEAST_NICE = -20;
/** setpriority(2): the calling thread. */
const THIS_THREAD = 0;

/** The system's calls, and for which system. */
export interface PrioritySystem {
  readonly platform: NodeJS.Platform;
  getPriority(id: number): number;
  setPriority(id: number, niceness: number): void;
}

/**
 * Lets this thread go before others of the process that want the same core: a storm of joins keeps the control plane
 * busy, whose calls can wait some milliseconds when media cannot. Linux alone counts niceness by thread, and only a
 * process with CAP_SYS_NICE or a fitting RLIMIT_NICE may do it; elsewhere all stays as it is.
 *
 * @returns whether the thread has precedence
 */
export function takePrecedence(
  system: PrioritySystem = { platform: process.platform, getPriority, setPriority },
): boolean {
  if (system.platform !== 'linux') return false;
  try {
    const niceness = system.getPriority(THIS_THREAD) - PRECEDENCE;
    system.setPriority(THIS_THREAD, Math.max(LEAST_NICE, niceness));
    return true;
  } catch {
    return false;
  }
}
