/**
 * One call to an engine, as undici tells of it. Its own promises make a stream and a signal of each call, which cost more
 * than the call and live long enough to be collected with the old objects, while all others wait.
 */
import { REFUSED_DRAINING, REFUSED_HEADER, REFUSED_NO_ROOM } from '@kraken/protocol';
import type { Dispatcher } from 'undici';
import { EngineDrainsError, EngineFailedError, EngineGoneError } from './engine-errors.js';

const OK = 200;

/** What an engine has answered. */
export interface EngineAnswer {
  readonly body: string;
  /** The engine does not hold the room that the call is about, and was not asked to open it. */
  readonly lacksRoom: boolean;
}

export class EngineCall implements Dispatcher.DispatchHandler {
  /** Rejects with EngineGoneError, EngineDrainsError or EngineFailedError. */
  readonly answer: Promise<EngineAnswer>;
  #fulfil: (answer: EngineAnswer) => void = () => {};
  #reject: (error: Error) => void = () => {};
  readonly #timer: NodeJS.Timeout;
  #controller: Dispatcher.DispatchController | null = null;
  #isGivenUp = false;
  #status = 0;
  #refused: string | string[] | undefined;
  readonly #pieces: Buffer[] = [];

  /** @param timeout from now on, waiting for a connection included, ms */
  constructor(timeout: number) {
    this.answer = new Promise((fulfil, reject) => {
      this.#fulfil = fulfil;
      this.#reject = reject;
    });
    this.#timer = setTimeout(() => this.#giveUp(), timeout);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#isGivenUp) this.#giveUp();
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: Readonly<Record<string, string | string[] | undefined>>,
  ): void {
    this.#status = status;
    this.#refused = headers[REFUSED_HEADER];
  }

  onResponseData(_controller: Dispatcher.DispatchController, piece: Buffer): void {
    this.#pieces.push(piece);
  }

  onResponseEnd(): void {
    clearTimeout(this.#timer);
    if (this.#refused === REFUSED_DRAINING) this.#reject(new EngineDrainsError());
    else if (this.#status !== OK) this.#reject(new EngineFailedError(`HTTP status ${this.#status}`));
    else this.#fulfil({ body: this.#body(), lacksRoom: this.#refused === REFUSED_NO_ROOM });
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    clearTimeout(this.#timer);
    const code = 'code' in error ? String(error.code) : error.message;
    this.#reject(code === 'ECONNREFUSED' ? new EngineGoneError(code) : new EngineFailedError(code));
  }

  /** A call that still waits for a connection is broken off as soon as it gets one. */
  #giveUp(): void {
    this.#isGivenUp = true;
    const error = new EngineFailedError('no answer in time');
    this.#reject(error);
    this.#controller?.abort(error);
  }

  #body(): string {
    const [first, ...others] = this.#pieces;
    if (first === undefined) return '';
    return others.length === 0 ? first.toString() : Buffer.concat(this.#pieces).toString();
  }
}
