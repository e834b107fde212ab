import type { ControlToMedia, MediaAddress } from '../contract/messages.js';

/** A media worker as the control plane sees it. */
export interface MediaWorkerPort {
  /** Where the worker takes media; at least one. */
  readonly addresses: readonly MediaAddress[];
  /** How many transports it holds; new rooms go to the worker with the fewest. */
  readonly transports: number;
  send(message: ControlToMedia): void;
}

/** @returns the worker with the fewest transports, the first of equals */
export function leastLoaded(workers: readonly MediaWorkerPort[]): MediaWorkerPort {
  let least: MediaWorkerPort | undefined;
  for (const worker of workers) {
    if (least === undefined || worker.transports < least.transports) {
      least = worker;
    }
  }
  if (least === undefined) {
    throw new Error('the control plane has no media worker');
  }
  return least;
}
