/**
 * Writes dist/generated/sha1.ts: SHA-1 (FIPS 180-4, 6.1) with its 80 rounds written out and the message schedule in
 * sixteen local variables, once for four messages in the lanes of a vector and once for a single message in words;
 * and for both the outer hash of HMAC (RFC 2104), whose block is an inner hash and eleven constant words.
 */

const ROUNDS = 80;
const ROUND_CONSTANTS = [0x5a827999, 0x6ed9eba1, 0x8f1bbcdc, 0xca62c1d6];
const HASH_WORDS = ['a', 'b', 'c', 'd', 'e'];
/** Bits of the outer hash's message: the padded key (64 octets) and an inner hash (20 octets). */
const OUTER_MESSAGE_BITS = (64 + 20) * 8;

/**
 * One notation for vectors and words.
 *
 * @typedef {object} Arithmetic
 * @property {number} size octets that one word of state takes in memory
 * @property {(...terms: string[]) => string} add
 * @property {(...terms: string[]) => string} xor
 * @property {(left: string, right: string) => string} and
 * @property {(left: string, right: string) => string} or
 * @property {(value: string, count: number) => string} rotateLeft
 * @property {(value: number) => string} constant
 * @property {(phase: number) => string} roundConstant
 * @property {(base: string, index: number) => string} load word of a state
 * @property {(base: string, value: string, index: number) => string} store word of a state
 */

const nest =
  (operation) =>
  (...terms) =>
    terms.reduce((left, right) => `${operation}(${left}, ${right})`);
const infix =
  (operator) =>
  (...terms) =>
    `(${terms.join(` ${operator} `)})`;

/** @type {Arithmetic} */
const VECTORS = {
  size: 16,
  add: nest('i32x4.add'),
  xor: nest('v128.xor'),
  and: nest('v128.and'),
  or: nest('v128.or'),
  rotateLeft: (value, count) =>
    `v128.or(i32x4.shl(${value}, ${count}), i32x4.shr_u(${value}, ${32 - count}))`,
  constant: (value) => `i32x4.splat(${value | 0})`,
  // Loaded for the reason given in assembly/constants.ts.
  roundConstant: (phase) => `v128.load(ROUND_CONSTANTS, ${16 * phase})`,
  load: (base, index) => `v128.load(${base}, ${16 * index})`,
  store: (base, value, index) => `v128.store(${base}, ${value}, ${16 * index});`,
};

/** @type {Arithmetic} */
const WORDS = {
  size: 4,
  add: infix('+'),
  xor: infix('^'),
  and: infix('&'),
  or: infix('|'),
  rotateLeft: (value, count) => `rotl<i32>(${value}, ${count})`,
  constant: (value) => `${value | 0}`,
  roundConstant: (phase) => `${ROUND_CONSTANTS[phase] | 0}`,
  load: (base, index) => `load<i32>(${base}, ${4 * index})`,
  store: (base, value, index) => `store<i32>(${base}, ${value}, ${4 * index});`,
};

/** Ch, Parity, Maj, Parity (FIPS 180-4, 4.1.1), each in its shortest form. */
function roundFunction({ and, or, xor }, round, b, c, d) {
  if (round < 20) return xor(d, and(b, xor(c, d)));
  if (round < 40 || round >= 60) return xor(b, c, d);
  return or(and(b, c), and(d, or(b, c)));
}

/**
 * Round statements. The five working variables trade names instead of values.
 *
 * @param {Arithmetic} arithmetic
 * @param {(round: number) => {statements: string[], word: string}} schedule yields for each round what has to be
 *   computed before it and the sum of its message word and constant
 */
function rounds(arithmetic, schedule) {
  const { add, rotateLeft } = arithmetic;
  const statements = [];
  let names = HASH_WORDS;
  for (let round = 0; round < ROUNDS; round++) {
    const [a, b, c, d, e] = names;
    const next = schedule(round);
    const mixed = roundFunction(arithmetic, round, b, c, d);
    statements.push(
      ...next.statements,
      `${e} = ${add(e, next.word, mixed, rotateLeft(a, 5))};`,
      `${b} = ${rotateLeft(b, 30)};`,
    );
    names = [e, a, b, c, d];
  }
  return statements;
}

/** A schedule of sixteen variables w0 … w15, each replaced when its last reader has passed. */
function scheduleInPlace({ add, xor, rotateLeft }) {
  return (round) => {
    const word = `w${round % 16}`;
    const statements = [];
    if (round >= 16) {
      const mixed = xor(...[3, 8, 14, 16].map((back) => `w${(round - back) % 16}`));
      statements.push(`t = ${mixed};`, `${word} = ${rotateLeft('t', 1)};`);
    }
    return { statements, word: add(word, `k${Math.floor(round / 20)}`) };
  };
}

/** A schedule in which known words are folded: w0 … w4 are variables, the rest is padding (FIPS 180-4, 5.1.1). */
function scheduleOfOuterHash({ add, xor, rotateLeft, constant }) {
  const words = [
    ...HASH_WORDS.map((_, i) => `w${i}`),
    0x80000000,
    ...new Array(9).fill(0),
    OUTER_MESSAGE_BITS,
  ];
  const isKnown = (word) => typeof word === 'number';
  return (round) => {
    const statements = [];
    if (round >= 16) {
      const sources = [3, 8, 14, 16].map((back) => words[round - back]);
      const known = sources.filter(isKnown).reduce((left, right) => left ^ right, 0);
      const unknown = sources.filter((word) => !isKnown(word));
      if (unknown.length === 0) words[round] = (known << 1) | (known >>> 31);
      else {
        words[round] = `w${round}`;
        statements.push(
          `t = ${xor(...unknown, ...(known === 0 ? [] : [constant(known)]))};`,
          `const w${round} = ${rotateLeft('t', 1)};`,
        );
      }
    }
    const phase = Math.floor(round / 20);
    const word = words[round];
    if (!isKnown(word)) return { statements, word: add(word, `k${phase}`) };
    return { statements, word: word === 0 ? `k${phase}` : constant(word + ROUND_CONSTANTS[phase]) };
  };
}

const roundConstants = ({ roundConstant }) =>
  ROUND_CONSTANTS.map((_, i) => `const k${i} = ${roundConstant(i)};`);

/** Statements that load a block of four messages: 4 by 4 transpositions, so that w_i holds word i of each. */
function loadBlockOfFour() {
  const statements = ['const swapBytes = v128.load(SWAP_BYTES);'];
  for (let group = 0; group < 4; group++) {
    const x = [0, 1, 2, 3].map((lane) => `x${group}${lane}`);
    const [low0, low1, high0, high1] = ['l', 'm', 'n', 'o'].map((name) => `${name}${group}`);
    for (const [lane, name] of x.entries()) {
      statements.push(`const ${name} = i8x16.swizzle(v128.load(message${lane}, ${16 * group}), swapBytes);`);
    }
    statements.push(
      `const ${low0} = i32x4.shuffle(${x[0]}, ${x[1]}, 0, 4, 1, 5), ${low1} = i32x4.shuffle(${x[2]}, ${x[3]}, 0, 4, 1, 5);`,
      `const ${high0} = i32x4.shuffle(${x[0]}, ${x[1]}, 2, 6, 3, 7), ${high1} = i32x4.shuffle(${x[2]}, ${x[3]}, 2, 6, 3, 7);`,
      `let w${4 * group} = i64x2.shuffle(${low0}, ${low1}, 0, 2), w${4 * group + 1} = i64x2.shuffle(${low0}, ${low1}, 1, 3);`,
      `let w${4 * group + 2} = i64x2.shuffle(${high0}, ${high1}, 0, 2), w${4 * group + 3} = i64x2.shuffle(${high0}, ${high1}, 1, 3);`,
    );
  }
  return statements;
}

function loadBlockOfOne() {
  return Array.from({ length: 16 }, (_, i) => `let w${i} = bswap<i32>(load<i32>(message, ${4 * i}));`);
}

/** The body of a function that hashes whole blocks onto a state in scratch. */
function compressBlocks(arithmetic, state, messages, loadBlock) {
  return [
    ...roundConstants(arithmetic),
    ...HASH_WORDS.map((_, i) => `let h${i} = ${arithmetic.load(state, i)};`),
    'do {',
    ...HASH_WORDS.map((name, i) => `let ${name} = h${i};`),
    `let t = ${arithmetic.constant(0)};`,
    ...loadBlock,
    ...rounds(arithmetic, scheduleInPlace(arithmetic)),
    ...HASH_WORDS.map((name, i) => `h${i} = ${arithmetic.add(`h${i}`, name)};`),
    ...messages.map((message) => `${message} += 64;`),
    '} while (--blocks);',
    ...HASH_WORDS.map((_, i) => arithmetic.store(state, `h${i}`, i)),
  ];
}

/** The body of a function that replaces the inner hash in scratch by the outer one; 80 bits of it are needed. */
function compressInnerHash(arithmetic, state) {
  const { add, constant, load, store } = arithmetic;
  return [
    ...roundConstants(arithmetic),
    ...HASH_WORDS.map((name, i) => `let ${name} = ${load('outer', i)};`),
    ...HASH_WORDS.map((_, i) => `const w${i} = ${load(state, i)};`),
    `let t = ${constant(0)};`,
    ...rounds(arithmetic, scheduleOfOuterHash(arithmetic)),
    ...['a', 'b', 'c'].map((name, i) => store(state, add(load('outer', i), name), i)),
  ];
}

const MESSAGES = [0, 1, 2, 3].map((lane) => `message${lane}`);

/** @returns {string} the AssemblyScript source */
export function generateSha1() {
  return [
    '// Written by generate/sha1.mjs.',
    "import { SWAP_BYTES } from '../../assembly/constants';",
    "import { LANES_STATE, STREAM_STATE } from '../../assembly/scratch';",
    `const ROUND_CONSTANTS: usize = memory.data<u32>([${ROUND_CONSTANTS.flatMap((k) => [k, k, k, k])}], 16);`,
    '/** Hashes `blocks` (at least 1) blocks of four messages onto the states at LANES_STATE. */',
    `export function hashFourLanes(${MESSAGES.map((name) => `${name}: usize`).join(', ')}, blocks: i32): void {`,
    ...compressBlocks(VECTORS, 'LANES_STATE', MESSAGES, loadBlockOfFour()),
    '}',
    '/** Outer hash of HMAC in four lanes: inner hashes at LANES_STATE, of the result the first three words there. */',
    'export function outerHashFourLanes(outer: usize): void {',
    ...compressInnerHash(VECTORS, 'LANES_STATE'),
    '}',
    '/** Hashes `blocks` (at least 1) blocks of one message onto the state at STREAM_STATE. */',
    'export function hashStream(message: usize, blocks: i32): void {',
    ...compressBlocks(WORDS, 'STREAM_STATE', ['message'], loadBlockOfOne()),
    '}',
    '/** Outer hash of HMAC: inner hash at STREAM_STATE, of the result the first three words there. */',
    'export function outerHashStream(outer: usize): void {',
    ...compressInnerHash(WORDS, 'STREAM_STATE'),
    '}',
    '',
  ].join('\n');
}
