/**
 * Entry of the watchdog's thread, which has nothing else to do and so cannot be held up: it logs what stands still by
 * itself, and ends a process in which something will not turn again, for its supervisor to start it anew.
 */
import { workerData } from 'node:worker_threads';
import { LogOutput } from '../log/log-output.js';
import { BlockDetector, type BlockNotice, CHECK_INTERVAL } from './block-detector.js';
import { Heartbeats } from './heartbeats.js';

/** Given as `workerData`. */
export interface WatchdogOptions {
  readonly buffer: SharedArrayBuffer;
  /** By thread, for the log. */
  readonly names: readonly string[];
  readonly descriptor: number;
  /** pino's number of the lowest level that is logged. */
  readonly lowestLevel: number;
  /** A thread that has stood still for so long ends the process, in milliseconds. */
  readonly hopelessAfter: number;
}

const LEVELS = { 'stands still': 50, 'turns again': 40, 'is hopeless': 60 } as const;
const MESSAGES = {
  'stands still': 'a thread stands still',
  'turns again': 'a thread turns again',
  'is hopeless': 'a thread does not turn again, ending the process',
} as const;

const { buffer, names, descriptor, lowestLevel, hopelessAfter }: WatchdogOptions = workerData;
const detector = new BlockDetector(new Heartbeats(buffer), hopelessAfter);
const output = new LogOutput(descriptor);

setInterval(() => {
  for (const notice of detector.check()) {
    log(notice);
    if (notice.what === 'is hopeless') end();
  }
}, CHECK_INTERVAL);

function log({ thread, what, milliseconds }: BlockNotice): void {
  const level = LEVELS[what];
  if (level < lowestLevel) return;
  const told = { thread: names[thread], milliseconds, msg: MESSAGES[what] };
  output.write(`${JSON.stringify({ level, time: new Date().toISOString(), ...told })}\n`);
}

/** By a signal that no thread has to handle. */
function end(): void {
  output.flushSync();
  process.kill(process.pid, 'SIGKILL');
}
