/**
 * Where a daemon's log goes: lines to a descriptor, written before the next step, so that none is missing or out of order
 * at the end of the process. What befalls the descriptor is the log's trouble alone: a full disk, a broken disk or a
 * reader that is gone costs lines, and one that has stopped reading is not waited for. Nothing throws.
 */
import { writeSync } from 'node:fs';

/** Octets of lines that wait for a reader that is behind; further lines are lost. */
export const BACKLOG_LIMIT = 1 << 20;
/** How long until the reader is tried again when no line comes that does it, in milliseconds. */
const RETRY_INTERVAL = 100;
/** How long flushSync() waits for a reader that is behind, in milliseconds. */
const FLUSH_TIMEOUT = 500;
/** How long it sleeps between two attempts, in milliseconds. */
const FLUSH_INTERVAL = 10;
/** pino's number for errors. */
const LEVEL_ERROR = 50;

/** Writes a part of `bytes`, as fs.writeSync() does. @throws Error with a code */
export type WriteOctets = (descriptor: number, bytes: Uint8Array, offset: number) => number;

interface WaitingLine {
  readonly bytes: Uint8Array;
  /** Octets that are out. */
  written: number;
  /** Lines that are lost with it, itself and those whose loss it tells. */
  readonly lines: number;
  /** Whether it begins with the end of a line that was cut. */
  readonly endsTornLine: boolean;
}

/** A destination for pino. */
export class LogOutput {
  readonly #descriptor: number;
  readonly #writeOctets: WriteOctets;
  readonly #waiting: WaitingLine[] = [];
  #waitingOctets = 0;
  #lost = 0;
  /** Lost lines of which no line has told yet, and why the last one was. */
  #untold = 0;
  #reason = '';
  /** Whether the last octet that is out is not the end of its line. */
  #isTorn = false;
  #retry: NodeJS.Timeout | null = null;

  /** @param descriptor open for writing; where it is a pipe or a socket it should not block */
  constructor(descriptor: number, writeOctets: WriteOctets = writeSync) {
    this.#descriptor = descriptor;
    this.#writeOctets = writeOctets;
  }

  /** Lines that could not be written since the start. */
  get lostLines(): number {
    return this.#lost;
  }

  /** @param line with its line feed */
  write(line: string): void {
    const bytes = Buffer.from(this.#preface() + line);
    if (this.#waitingOctets + bytes.length > BACKLOG_LIMIT) {
      this.#lost++;
      this.#untold++;
      this.#reason = 'the reader is behind';
      return;
    }
    this.#waiting.push({ bytes, written: 0, lines: this.#untold + 1, endsTornLine: this.#isTorn });
    this.#waitingOctets += bytes.length;
    this.#untold = 0;
    this.#isTorn = false;
    this.#drain();
  }

  /** Waits a moment for a reader that is behind: for the end of the process. */
  flushSync(): void {
    const sleep = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
    for (let waited = 0; waited < FLUSH_TIMEOUT; waited += FLUSH_INTERVAL) {
      this.#drain();
      if (this.#waiting.length === 0) return;
      Atomics.wait(sleep, 0, 0, FLUSH_INTERVAL);
    }
  }

  /** What goes before the next line: the end of one that was cut, and what was lost. */
  #preface(): string {
    const end = this.#isTorn ? '\n' : '';
    if (this.#untold === 0) return end;
    const told = { lines: this.#untold, reason: this.#reason, msg: 'log lines were lost' };
    return `${end}${JSON.stringify({ level: LEVEL_ERROR, time: new Date().toISOString(), ...told })}\n`;
  }

  #drain(): void {
    for (let line = this.#waiting[0]; line !== undefined; line = this.#waiting[0]) {
      try {
        line.written += this.#writeOctets(this.#descriptor, line.bytes, line.written);
      } catch (error) {
        const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
        if (code === 'EAGAIN') this.#retryLater();
        else this.#giveUp(line, code);
        return;
      }
      if (line.written < line.bytes.length) continue;
      this.#waiting.shift();
      this.#waitingOctets -= line.bytes.length;
    }
  }

  /** Neither this line nor those behind it will be written. */
  #giveUp(line: WaitingLine, reason: string): void {
    this.#isTorn = line.written > 0 || line.endsTornLine;
    // Those that it tells of have been counted before.
    this.#lost += this.#waiting.length;
    this.#untold += this.#waiting.reduce((sum, { lines }) => sum + lines, 0);
    this.#reason = reason;
    this.#waiting.length = 0;
    this.#waitingOctets = 0;
  }

  #retryLater(): void {
    this.#retry ??= setTimeout(() => {
      this.#retry = null;
      this.#drain();
    }, RETRY_INTERVAL).unref();
  }
}
