import { readUint32 } from '../big-endian.js';

/** Transactions that are remembered; a browser makes about one each second or two, and more only at the start. */
export const TRANSACTION_HISTORY_LENGTH = 128;
/** What find says of a transaction that is not remembered. */
export const NOT_FOUND = -1;

const WORDS = 3;

/**
 * The latest transactions of one agent and the tuples that they came in by. A transaction comes again from its own
 * tuple when it is sent again; from another one it is a copy that somebody made, who would have media sent to him.
 */
export class TransactionHistory {
  readonly #ids = new Uint32Array(TRANSACTION_HISTORY_LENGTH * WORDS);
  readonly #tuples = new Float64Array(TRANSACTION_HISTORY_LENGTH).fill(NOT_FOUND);
  #next = 0;

  /**
   * @param bytes hold the 12 bytes of the transaction id at `offset`
   * @returns the tuple, or NOT_FOUND
   */
  find(bytes: Uint8Array, offset: number): number {
    const first = readUint32(bytes, offset);
    const second = readUint32(bytes, offset + 4);
    const third = readUint32(bytes, offset + 8);
    for (let i = 0; i < TRANSACTION_HISTORY_LENGTH; i++) {
      const id = i * WORDS;
      if (this.#ids[id] === first && this.#ids[id + 1] === second && this.#ids[id + 2] === third) {
        return this.#tuples[i] ?? NOT_FOUND;
      }
    }
    return NOT_FOUND;
  }

  /** Remembers a transaction that find does not know, and forgets the oldest one. */
  add(bytes: Uint8Array, offset: number, tuple: number): void {
    for (let word = 0; word < WORDS; word++) {
      this.#ids[this.#next * WORDS + word] = readUint32(bytes, offset + 4 * word);
    }
    this.#tuples[this.#next] = tuple;
    this.#next = (this.#next + 1) % TRANSACTION_HISTORY_LENGTH;
  }
}
