import type { Watchdog } from './watchdog.js';

/** What the program knows of its own process, beyond what the service in it does. */
export interface ProcessVitals {
  /** Null when nobody watches. */
  readonly watchdog: Pick<Watchdog, 'place' | 'health'> | null;
  /** Log lines that could not be written. */
  readonly lostLogLines: () => number;
}

/** Of a service that is not alone in its process. */
export const NO_VITALS: ProcessVitals = { watchdog: null, lostLogLines: () => 0 };
