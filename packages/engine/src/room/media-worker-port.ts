import type { ControlToMedia, MediaAddress, WorkerIndex } from '../contract/messages.js';

/** A media worker as the control plane sees it. */
export interface MediaWorkerPort {
  readonly index: WorkerIndex;
  /** Where the worker takes media; at least one. */
  readonly addresses: readonly MediaAddress[];
  /** How many transports it holds. */
  readonly transports: number;
  /** Share of its time, 0 to 1, in which it did not sleep of late. */
  readonly busy: number;
  /** Packets that it sent per second of late. */
  readonly packetsPerSecond: number;
  /** False while its thread is dead and not yet started again. */
  readonly isAvailable: boolean;
  /** How many times its thread was started again: with the thread, all is gone that it was told. */
  readonly generation: number;
  send(message: ControlToMedia): void;
}
