/**
 * How the process ends. SIGTERM lets an engine of a cluster drain first; SIGINT, another SIGTERM, or a SIGTERM where there
 * is nothing to drain, closes the service in order; a signal after that ends the process without order.
 */
import { constants } from 'node:os';
import type { Logger } from 'pino';

/** How long an orderly end may take, in milliseconds. */
export const CLOSE_TIMEOUT = 5_000;
/**
 * A second signal within this time is the same one: a terminal's Ctrl-C reaches us directly and through npm. In
 * milliseconds.
 */
const REPEATED_SIGNAL_INTERVAL = 300;
/** Exit code of a service that could not go on, or did not end in time. */
const FAILURE = 1;

/** A service that is up. */
export interface RunningService {
  /** What a user of this machine opens in a browser. */
  readonly url: string;
  /** Settles, with the reason in one line, when the service cannot go on and has to be closed. */
  readonly failed: Promise<string>;
  /** Settles when the service has drained and is to be closed. */
  readonly drained: Promise<void>;
  /** Begins to end without breaking off calls, or goes on with it. @returns false when there is nothing to wait for */
  drain(): boolean;
  close(): Promise<void>;
}

export class Ending {
  readonly #name: string;
  readonly #service: RunningService;
  readonly #logger: Logger;
  #state: 'running' | 'draining' | 'closing' = 'running';
  #signalledAt = Number.NEGATIVE_INFINITY;

  constructor(name: string, service: RunningService, logger: Logger) {
    this.#name = name;
    this.#service = service;
    this.#logger = logger;
  }

  /** From here on signals, and what befalls the service, end the process. */
  watch(): void {
    process.on('SIGINT', (signal) => this.#onSignal(signal));
    process.on('SIGTERM', (signal) => this.#onSignal(signal));
    void this.#service.drained.then(() => this.#close(0));
    void this.#service.failed.then((reason) => {
      this.#logger.fatal({ reason }, `${this.#name} cannot go on`);
      return this.#close(FAILURE);
    });
  }

  #onSignal(signal: NodeJS.Signals): void {
    const at = performance.now();
    const isRepeated = at - this.#signalledAt < REPEATED_SIGNAL_INTERVAL;
    if (this.#state === 'closing') {
      if (!isRepeated) process.exit(128 + constants.signals[signal]);
      return;
    }
    if (this.#state === 'draining' && signal === 'SIGTERM' && isRepeated) return;
    this.#signalledAt = at;
    if (this.#state === 'running' && signal === 'SIGTERM' && this.#service.drain()) {
      this.#state = 'draining';
      this.#logger.info({ signal }, `${this.#name} draining`);
      return;
    }
    this.#logger.info({ signal }, `${this.#name} closing`);
    void this.#close(0);
  }

  /** Ends the process in order, or without order when that takes too long. */
  async #close(exitCode: number): Promise<void> {
    if (this.#state === 'closing') return;
    this.#state = 'closing';
    setTimeout(() => {
      this.#logger.error(`${this.#name} did not close in time`);
      process.exit(FAILURE);
    }, CLOSE_TIMEOUT).unref();
    await this.#service.close();
    this.#logger.info(`${this.#name} closed`);
    process.exit(exitCode);
  }
}
