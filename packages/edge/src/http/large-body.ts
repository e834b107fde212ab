/**
 * A body that is too long to be waited for: of its beginning can be seen, as a rule, where the call goes, and the rest goes
 * there as it comes.
 */
import { Readable } from 'node:stream';
import { PIECE_COST } from '../gate/body-budget.js';

/** Longer ones are passed on while they come, octets. */
export const LARGE_BODY = 64 * 1024;
/** Within so much of it method and room have to be found, octets: two ids of the greatest length fit in, escaped or not. */
export const BEGINNING_LIMIT = 4 * 1024;

const TEXT = '"(?:[^"\\\\]|\\\\.)*"';
const ID = `(?:"id"\\s*:\\s*(${TEXT}|-?\\d{1,15})\\s*,\\s*)?`;
/** `{"id": …, "method": …, "params": [rid,`, in this order, as all known clients write it. */
const BEGINNING = new RegExp(
  `^\\s*\\{\\s*${ID}"method"\\s*:\\s*(${TEXT})\\s*,\\s*"params"\\s*:\\s*\\[\\s*(${TEXT})\\s*,`,
);

/** What the beginning of a body tells of a call. The body may still turn out to be broken, or to say something else later. */
export interface CallBeginning {
  readonly id: string | number | undefined;
  readonly method: string;
  readonly rid: string;
}

export class LargeBody {
  /** In octets, as the client has announced it. */
  readonly length: number;
  readonly #source: Readable;
  readonly #pieces: AsyncIterator<Buffer>;
  readonly #onHeld: (octets: number) => void;
  #begun: Buffer = Buffer.alloc(0);

  /**
   * @param source is not destroyed, so that the client can still be answered
   * @param onHeld is told how much of it is held here, octets, each time that this grows
   */
  constructor(source: Readable, length: number, onHeld: (octets: number) => void = () => {}) {
    this.#source = source;
    this.length = length;
    this.#onHeld = onHeld;
    this.#pieces = source.iterator({ destroyOnReturn: false });
  }

  /** Whether the client has broken it off. */
  get isBroken(): boolean {
    return this.#source.destroyed && !this.#source.readableEnded;
  }

  /** @returns what its beginning tells, or null when that cannot be seen at once */
  async beginning(): Promise<CallBeginning | null> {
    while (this.#begun.length < Math.min(this.length, BEGINNING_LIMIT)) {
      const { done, value } = await this.#pieces.next();
      if (done === true) break;
      this.#begun = Buffer.concat([this.#begun, value]);
      this.#onHeld(this.#begun.length);
    }
    return parseBeginning(this.#begun.toString('latin1', 0, BEGINNING_LIMIT));
  }

  /** All of it, as it comes; to be read once, and not together with text(). */
  stream(): Readable {
    return Readable.from(this.#all(), { objectMode: false });
  }

  /** @returns all of it @throws Error when the client breaks it off */
  async text(): Promise<string> {
    const pieces: Buffer[] = [];
    let octets = 0;
    for await (const piece of this.#all()) {
      pieces.push(piece);
      octets += piece.length + PIECE_COST;
      this.#onHeld(octets);
    }
    return Buffer.concat(pieces).toString();
  }

  async *#all(): AsyncGenerator<Buffer> {
    yield this.#begun;
    for (;;) {
      const { done, value } = await this.#pieces.next();
      if (done === true) return;
      yield value;
    }
  }
}

/** @param text in which each octet is a character: what is beyond ASCII is decoded when it is taken */
function parseBeginning(text: string): CallBeginning | null {
  const match = BEGINNING.exec(text);
  if (match === null) return null;
  const [, id, method, rid] = match;
  try {
    const [idValue, methodValue, ridValue] = [id ?? '""', method ?? '', rid ?? ''].map(parseJson);
    if (typeof methodValue !== 'string' || typeof ridValue !== 'string') return null;
    const isNamed = typeof idValue === 'number' || (typeof idValue === 'string' && idValue !== '');
    return { id: isNamed ? idValue : undefined, method: methodValue, rid: ridValue };
  } catch {
    return null;
  }
}

function parseJson(latin1: string): unknown {
  return JSON.parse(Buffer.from(latin1, 'latin1').toString());
}
