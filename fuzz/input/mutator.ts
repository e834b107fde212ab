/** Makes new inputs of old ones. */
import type { Comparison } from '../coverage/coverage.js';
import type { Random } from './random.js';

/** Changes of one input at most: 2 to this power. */
const MAX_CHANGES_POWER = 3;
/** Octets that one change takes out or brings in at most, where it takes any number. */
const MAX_BLOCK = 64;
/** Numbers at which code tends to decide otherwise. */
const EDGES = [0, 1, 2, 3, 4, 7, 8, 12, 15, 16, 20, 31, 32, 63, 64, 100, 127, 128, 254, 255];
const WIDE_EDGES = [
  0, 1, 255, 256, 1_024, 4_095, 4_096, 8_192, 16_383, 16_384, 32_767, 32_768, 65_534, 65_535,
];
const MAX_STEP = 16;

type Change = (input: Buffer) => Buffer;

export class Mutator {
  /** Words of the language of the target; may grow. */
  readonly words: Buffer[] = [];
  /** What the code compared in the trial of the input that is mutated. */
  comparisons: readonly Comparison[] = [];
  readonly #random: Random;
  readonly #maxLength: number;
  readonly #changes: readonly Change[];

  constructor(random: Random, maxLength: number) {
    this.#random = random;
    this.#maxLength = maxLength;
    this.#changes = [
      (input) => this.#flipBit(input),
      (input) => this.#setOctet(input),
      (input) => this.#stepOctet(input),
      (input) => this.#setWide(input),
      (input) => this.#remove(input),
      (input) => this.#remove(input),
      (input) => this.#insertOctets(input),
      (input) => this.#repeat(input),
      (input) => this.#move(input),
      (input) => this.#placeWord(input),
      (input) => this.#placeWord(input),
      (input) => this.#satisfy(input),
      (input) => this.#satisfy(input),
      (input) => this.#satisfy(input),
      (input) => this.#changeNumber(input),
      (input) => this.#changeLines(input),
    ];
  }

  /**
   * @param input is left as it is
   * @param other another input, of which parts may be taken
   */
  mutate(input: Uint8Array, other: Uint8Array): Buffer {
    let result: Buffer = Buffer.from(input);
    if (this.#random.oneIn(8)) result = this.#cross(result, other);
    const changes = 1 << this.#random.below(MAX_CHANGES_POWER + 1);
    for (let i = 0; i < changes; i++) result = this.#random.pick(this.#changes)(result);
    return result.subarray(0, this.#maxLength);
  }

  #flipBit(input: Buffer): Buffer {
    if (input.length === 0) return this.#insertOctets(input);
    const at = this.#random.below(input.length);
    input[at] = (input[at] ?? 0) ^ (1 << this.#random.below(8));
    return input;
  }

  #setOctet(input: Buffer): Buffer {
    if (input.length === 0) return this.#insertOctets(input);
    input[this.#random.below(input.length)] = this.#random.oneIn(2)
      ? this.#random.octet()
      : this.#random.pick(EDGES);
    return input;
  }

  #stepOctet(input: Buffer): Buffer {
    if (input.length === 0) return this.#insertOctets(input);
    const at = this.#random.below(input.length);
    input[at] = (input[at] ?? 0) + this.#random.below(2 * MAX_STEP + 1) - MAX_STEP;
    return input;
  }

  #setWide(input: Buffer): Buffer {
    if (input.length < 2) return this.#insertOctets(input);
    input.writeUInt16BE(this.#random.pick(WIDE_EDGES), this.#random.below(input.length - 1));
    return input;
  }

  #remove(input: Buffer): Buffer {
    const start = this.#random.below(input.length);
    const length = 1 + this.#random.below(Math.min(MAX_BLOCK, input.length - start));
    return Buffer.concat([input.subarray(0, start), input.subarray(start + length)]);
  }

  #insertOctets(input: Buffer): Buffer {
    const octets = Buffer.alloc(1 + this.#random.below(MAX_BLOCK), this.#random.octet());
    if (this.#random.oneIn(2)) for (let i = 0; i < octets.length; i++) octets[i] = this.#random.octet();
    return this.#insert(
      input,
      octets.subarray(0, this.#random.oneIn(2) ? 1 + this.#random.below(4) : undefined),
    );
  }

  /** A part of the input once more, or often. */
  #repeat(input: Buffer): Buffer {
    const part = this.#part(input);
    const times = this.#random.oneIn(4) ? 1 + this.#random.below(40) : 1;
    const room = Math.max(0, this.#maxLength - input.length);
    const many = Buffer.concat(Array.from({ length: times }, () => part)).subarray(0, room);
    return this.#insert(input, many);
  }

  #move(input: Buffer): Buffer {
    const part = Buffer.from(this.#part(input));
    return this.#random.oneIn(2) ? this.#insert(input, part) : this.#overwrite(input, part);
  }

  #placeWord(input: Buffer): Buffer {
    if (this.words.length === 0) return this.#setOctet(input);
    const word = this.#random.pick(this.words);
    return this.#random.oneIn(2) ? this.#insert(input, word) : this.#overwrite(input, word);
  }

  /** Puts in what the code compared a part of the input with. */
  #satisfy(input: Buffer): Buffer {
    if (this.comparisons.length === 0) return this.#flipBit(input);
    const { left, right } = this.#random.pick(this.comparisons);
    const [from, to] = this.#random.oneIn(2) ? [left, right] : [right, left];
    const forms = encodings(from, to, this.#random.below(3) - 1);
    if (forms.length === 0) return this.#flipBit(input);
    const [found, wanted] = this.#random.pick(forms);
    const start = this.#random.below(input.length);
    let at = input.indexOf(found, start);
    if (at < 0) at = input.indexOf(found);
    if (at < 0) return this.#random.oneIn(4) ? this.#overwrite(input, wanted) : input;
    if (found.length === wanted.length) wanted.copy(input, at);
    else return Buffer.concat([input.subarray(0, at), wanted, input.subarray(at + found.length)]);
    return input;
  }

  /** Another number where digits stand. */
  #changeNumber(input: Buffer): Buffer {
    const text = input.toString('latin1');
    const numbers = [...text.matchAll(/\d+/g)];
    if (numbers.length === 0) return this.#stepOctet(input);
    const { 0: digits, index } = this.#random.pick(numbers);
    const value = this.#random.pick([
      Number(digits) + 1,
      Number(digits) - 1,
      -Number(digits),
      this.#random.pick(WIDE_EDGES),
      2 ** 31,
      2 ** 32,
      2 ** 53,
      1e308,
      0.5,
    ]);
    return Buffer.from(text.slice(0, index) + value + text.slice(index + digits.length), 'latin1');
  }

  /** Takes a line out, or puts it elsewhere. */
  #changeLines(input: Buffer): Buffer {
    const lines = input.toString('latin1').split('\n');
    if (lines.length < 3) return this.#move(input);
    const from = this.#random.below(lines.length);
    const [line = ''] = this.#random.oneIn(3) ? [lines[from]] : lines.splice(from, 1);
    if (!this.#random.oneIn(3)) lines.splice(this.#random.below(lines.length + 1), 0, line);
    return Buffer.from(lines.join('\n'), 'latin1');
  }

  #cross(input: Buffer, other: Uint8Array): Buffer {
    const tail = this.#random.below(other.length + 1);
    return Buffer.concat([input.subarray(0, this.#random.below(input.length + 1)), other.subarray(tail)]);
  }

  #part(input: Buffer): Buffer {
    const start = this.#random.below(input.length);
    return input.subarray(start, start + 1 + this.#random.below(Math.min(MAX_BLOCK, input.length - start)));
  }

  #insert(input: Buffer, octets: Uint8Array): Buffer {
    const at = this.#random.below(input.length + 1);
    return Buffer.concat([input.subarray(0, at), octets, input.subarray(at)]);
  }

  #overwrite(input: Buffer, octets: Buffer): Buffer {
    if (octets.length > input.length) return this.#insert(input, octets);
    octets.copy(input, this.#random.below(input.length - octets.length + 1));
    return input;
  }
}

/** @returns how two that were compared may stand in an input, as pairs of what is there and what was wanted */
function encodings(from: number | string, to: number | string, step: number): [Buffer, Buffer][] {
  if (typeof from === 'string' || typeof to === 'string')
    return [[Buffer.from(`${from}`), Buffer.from(`${to}`)]];
  if (!Number.isSafeInteger(from) || !Number.isSafeInteger(to)) return [];
  const wanted = to + step;
  const forms: [Buffer, Buffer][] = [[Buffer.from(`${from}`), Buffer.from(`${wanted}`)]];
  for (const octets of [1, 2, 4]) {
    const limit = 2 ** (8 * octets);
    if (from < 0 || from >= limit || wanted < 0 || wanted >= limit) continue;
    forms.push([bigEndian(from, octets), bigEndian(wanted, octets)]);
  }
  return forms;
}

function bigEndian(value: number, octets: number): Buffer {
  const bytes = Buffer.alloc(octets);
  bytes.writeUIntBE(value, 0, octets);
  return bytes;
}
