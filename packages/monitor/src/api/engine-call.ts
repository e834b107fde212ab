/**
 * One call to an engine, as undici tells of it. Its own promises make a stream and a signal of each call, which cost more
 * than the call and live long enough to be collected with the old objects, while all others wait. A response that comes in
 * one piece, as nearly all do, is taken as it is; only a longer one becomes a stream.
 */
import { Readable } from 'node:stream';
import { RelayedResponse } from '@kraken/edge/http/relayed-response';
import { REFUSED_DRAINING, REFUSED_HEADER, REFUSED_NO_ROOM } from '@kraken/protocol';
import type { Dispatcher } from 'undici';
import {
  EngineDrainsError,
  EngineFailedError,
  EngineForgottenError,
  EngineGoneError,
} from './engine-errors.js';

const OK = 200;
const CLIENT_ERROR = 400;
const SERVER_ERROR = 500;
/**
 * How much of a response is taken from an engine before the client has read it, octets: what fits occupies no connection to
 * the engine any longer, however slowly the client reads.
 */
export const RESPONSE_AHEAD = 256 * 1024;
/** How long the rest of a response may take behind its first pieces, ms: a slow client has a connection to the engine meanwhile. */
export const RESPONSE_TIMEOUT = 30_000;

/** What an engine has answered. */
export class EngineAnswer extends RelayedResponse {
  /** @param lacksRoom the engine does not hold the room that the call is about, and was not asked to open it */
  constructor(
    status: number,
    body: Buffer | Readable,
    length: number | null,
    readonly lacksRoom: boolean,
  ) {
    super(status, body, length);
  }

  /** Nobody is going to read it. */
  discard(): void {
    if (this.body instanceof Readable) this.body.destroy();
  }
}

export class EngineCall implements Dispatcher.DispatchHandler {
  /** Rejects with EngineGoneError, EngineDrainsError, EngineForgottenError or EngineFailedError. */
  readonly answer: Promise<EngineAnswer>;
  /** Whether what is wrong with a call, in HTTP's sense, is the client's doing. */
  readonly #isUnchecked: boolean;
  #fulfil: (answer: EngineAnswer) => void = () => {};
  #reject: (error: Error) => void = () => {};
  #timer: NodeJS.Timeout;
  #controller: Dispatcher.DispatchController | null = null;
  #isGivenUp = false;
  #status = 0;
  #length: number | null = null;
  #refused: string | string[] | undefined;
  #first: Buffer | null = null;
  #stream: Readable | null = null;

  /**
   * @param timeout from now on until the response begins, waiting for a connection included, ms
   * @param isUnchecked whether the body has not been looked at, so that it may be refused with a status from 400 to 499
   */
  constructor(timeout: number, isUnchecked: boolean) {
    this.answer = new Promise((fulfil, reject) => {
      this.#fulfil = fulfil;
      this.#reject = reject;
    });
    this.#isUnchecked = isUnchecked;
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
    const length = headers['content-length'];
    this.#length = typeof length === 'string' ? Number(length) : null;
  }

  onResponseData(controller: Dispatcher.DispatchController, piece: Buffer): void {
    if (this.#stream === null && this.#first === null) {
      this.#first = piece;
      return;
    }
    this.#stream ??= this.#begin(controller);
    if (!this.#stream.push(piece)) controller.pause();
  }

  onResponseEnd(): void {
    clearTimeout(this.#timer);
    if (this.#stream === null) this.#settle(this.#first ?? Buffer.alloc(0));
    else this.#stream.push(null);
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    clearTimeout(this.#timer);
    this.#reject(failureOf(error));
    this.#stream?.destroy(error);
  }

  /** The second piece has come: from here on the response is passed on while it comes. */
  #begin(controller: Dispatcher.DispatchController): Readable {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#giveUp(), RESPONSE_TIMEOUT);
    const stream = new Readable({
      highWaterMark: RESPONSE_AHEAD,
      read: () => controller.resume(),
      destroy: (error, done) => {
        if (!stream.readableEnded) controller.abort(new EngineFailedError('the client has gone'));
        done(error);
      },
    });
    // A client that has gone is no fault.
    stream.on('error', () => {});
    stream.push(this.#first);
    this.#settle(stream);
    return stream;
  }

  #settle(body: Buffer | Readable): void {
    const status = this.#status;
    const isAnswer = status === OK || (this.#isUnchecked && status >= CLIENT_ERROR && status < SERVER_ERROR);
    if (this.#refused === REFUSED_DRAINING) this.#reject(new EngineDrainsError());
    else if (!isAnswer) this.#reject(new EngineFailedError(`HTTP status ${status}`));
    else this.#fulfil(new EngineAnswer(status, body, this.#length, this.#refused === REFUSED_NO_ROOM));
  }

  /** A call that still waits for a connection is broken off as soon as it gets one. */
  #giveUp(): void {
    this.#isGivenUp = true;
    const error = new EngineFailedError('no answer in time');
    this.#reject(error);
    this.#controller?.abort(error);
  }
}

function failureOf(error: Error): Error {
  if (error instanceof EngineForgottenError) return error;
  const code = 'code' in error ? String(error.code) : error.message;
  return code === 'ECONNREFUSED' ? new EngineGoneError(code) : new EngineFailedError(code);
}
