/**
 * A file that holds the input that is being tried, and how many were before: what a process leaves behind that dies of
 * an input, and by which another one sees that it stands still.
 */
import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';

const HEADER_LENGTH = 12;

export interface JournalEntry {
  /** Number of the trial; 0 before the first. */
  readonly trial: number;
  readonly input: Uint8Array;
}

export class JournalWriter {
  readonly #file: number;
  readonly #bytes: Buffer;
  #trial = 0;

  /** @param maxLength of inputs, octets */
  constructor(file: string, maxLength: number) {
    this.#file = openSync(file, 'w');
    this.#bytes = Buffer.alloc(HEADER_LENGTH + maxLength);
  }

  write(input: Uint8Array): void {
    this.#bytes.writeDoubleBE(++this.#trial, 0);
    this.#bytes.writeUInt32BE(input.length, 8);
    this.#bytes.set(input, HEADER_LENGTH);
    writeSync(this.#file, this.#bytes, 0, HEADER_LENGTH + input.length, 0);
  }

  close(): void {
    closeSync(this.#file);
  }
}

export function readJournal(file: string): JournalEntry {
  const bytes = readFileSync(file);
  if (bytes.length < HEADER_LENGTH) return { trial: 0, input: bytes.subarray(0, 0) };
  const end = HEADER_LENGTH + bytes.readUInt32BE(8);
  return { trial: bytes.readDoubleBE(0), input: bytes.subarray(HEADER_LENGTH, end) };
}
