import { substituteBytes } from './s-box.mjs';

/**
 * Writes dist/generated/aes.ts: the rounds of AES-128 (FIPS 197) on bit planes.
 *
 * A state of eight blocks is eight vectors ("planes"): bit b of byte 4r + c of plane i is bit i of the byte in row r
 * and column c of block b. Nothing is looked up in memory by a secret, so the time tells nothing about keys.
 * AssemblyScript functions return one value, and eight planes have to stay in registers: therefore the rounds are
 * written out here, where a function may yield any number of statements.
 */

const BITS = [0, 1, 2, 3, 4, 5, 6, 7];
const LANES = [0, 1, 2, 3];
const ROUND_KEY_SIZE = 128;
const ROUNDS = 10;

const xor = (...terms) => terms.reduce((left, right) => `v128.xor(${left}, ${right})`);
const plane = (base, bit) => `v128.load(${base}, ${16 * bit})`;

/**
 * ShiftRows, MixColumns and AddRoundKey. With a row as one 32-bit word, b is the state with the rows moved up by
 * one, and with c = a ^ b MixColumns is 2c ^ b ^ (c moved up by two). Doubling in GF(2^8) moves the planes up by one
 * and adds plane 7 at bits 0, 1, 3 and 4, as the polynomial x^8 + x^4 + x^3 + x + 1 has it.
 *
 * @param {string} input prefix of the input variables
 * @param {string} key offset of the round key's planes
 * @param {(bit: number, value: string) => string} assign writes one plane of the result
 */
function mixColumns(input, key, assign) {
  return [
    ...BITS.map((i) => `const a${i} = i8x16.swizzle(${input}${i}, shiftRows);`),
    ...BITS.map((i) => `const b${i} = i32x4.shuffle(a${i}, a${i}, 1, 2, 3, 0);`),
    ...BITS.map((i) => `const c${i} = v128.xor(a${i}, b${i});`),
    ...BITS.map((i) => {
      const rotated = `i32x4.shuffle(c${i}, c${i}, 2, 3, 0, 1)`;
      const carry = [1, 3, 4].includes(i) ? ['c7'] : [];
      return assign(i, xor(`b${i}`, plane(key, i), rotated, `c${(i + 7) % 8}`, ...carry));
    }),
  ];
}

/** The rounds from the second on, from the state after the first; the planes end up in q0 … q7. */
function remainingRounds() {
  return [
    `let key = roundKeys + ${2 * ROUND_KEY_SIZE};`,
    ...BITS.map(
      (i) => `let q${i} = v128.xor(${plane('FIRST_ROUND_STATE', i)}, v128.load16x4_u(table, ${8 * i}));`,
    ),
    'for (;;) {',
    ...substituteBytes('q', 'u'),
    'if (key == lastKey) {',
    ...BITS.map((i) => `q${i} = v128.xor(u${i}, ${plane('key', i)});`),
    'break;',
    '}',
    ...mixColumns('u', 'key', (i, value) => `q${i} = ${value};`),
    `key += ${ROUND_KEY_SIZE};`,
    '}',
  ];
}

/** Turns planes into blocks: an 8 by 8 transposition of bits in every byte, by swapping ever larger squares. */
function blocksFromPlanes() {
  const steps = [
    [1, 'bytes55'],
    [2, 'bytes33'],
    [4, 'bytes0f'],
  ];
  const statements = ['let t: v128;'];
  for (const [distance, mask] of steps) {
    for (const i of BITS.filter((bit) => (bit & distance) === 0)) {
      const [low, high] = [`q${i}`, `q${i + distance}`];
      statements.push(
        `t = v128.and(v128.xor(i64x2.shr_u(${low}, ${distance}), ${high}), ${mask});`,
        `${high} = v128.xor(${high}, t);`,
        `${low} = v128.xor(${low}, i64x2.shl(t, ${distance}));`,
      );
    }
  }
  return statements;
}

const CONSTANTS = [
  'const shiftRows = v128.load(SHIFT_ROWS);',
  `const lastKey = roundKeys + ${ROUNDS * ROUND_KEY_SIZE};`,
  'const bytes55 = v128.load(BYTES_55), bytes33 = v128.load(BYTES_33), bytes0f = v128.load(BYTES_0F);',
];

const SUBSTITUTE_BYTES = [
  '/** SubBytes less its constant 0x63 on the planes at PLANES, in place. */',
  'export function substituteBytes(): void {',
  ...BITS.map((i) => `const q${i} = ${plane('PLANES', i)};`),
  ...substituteBytes('q', 'u'),
  ...BITS.map((i) => `v128.store(PLANES, u${i}, ${16 * i});`),
  '}',
];

const FIRST_ROUND = [
  '/**',
  ' * Initial AddRoundKey and first round for the counter blocks at PLANES; result at FIRST_ROUND_STATE. Byte 15, the',
  " * only one that differs between the blocks of a packet, is left out: the table adds its share, which is the key's",
  ' * alone. So a packet costs this once and each batch of blocks starts at the second round.',
  ' */',
  'export function firstRound(roundKeys: usize): void {',
  'const shiftRows = v128.load(SHIFT_ROWS), allButByte15 = v128.load(ALL_BUT_BYTE_15);',
  ...BITS.map((i) => `const q${i} = v128.xor(${plane('PLANES', i)}, ${plane('roundKeys', i)});`),
  ...substituteBytes('q', 'u'),
  ...BITS.map((i) => `const m${i} = v128.and(u${i}, allButByte15);`),
  ...mixColumns(
    'm',
    `roundKeys + ${ROUND_KEY_SIZE}`,
    (i, value) => `v128.store(FIRST_ROUND_STATE, ${value}, ${16 * i});`,
  ),
  '}',
];

const ENCRYPT_FOUR_LANES = [
  '/**',
  ' * AES in counter mode from the state that firstRound left: one payload under four keys to four places, two blocks',
  ' * of each at a time. Reads and writes up to 31 bytes beyond the length.',
  ' */',
  'export function encryptFourLanes(roundKeys: usize, table: usize, source: usize, length: i32,',
  '  output0: usize, output1: usize, output2: usize, output3: usize): void {',
  ...CONSTANTS,
  'for (;;) {',
  ...remainingRounds(),
  ...blocksFromPlanes(),
  'const fromRows = v128.load(SHIFT_ROWS_FROM_ROWS);',
  'const first = v128.load(source), second = v128.load(source, 16);',
  ...LANES.flatMap((lane) => [
    `v128.store(output${lane}, v128.xor(i8x16.swizzle(q${lane}, fromRows), first));`,
    `v128.store(output${lane}, v128.xor(i8x16.swizzle(q${lane + 4}, fromRows), second), 16);`,
  ]),
  'length -= 32;',
  'if (length <= 0) break;',
  'source += 32;',
  'table += 64;',
  ...LANES.map((lane) => `output${lane} += 32;`),
  '}',
  '}',
];

const KEYSTREAM_OF_EIGHT_BLOCKS = [
  '/** Eight blocks of key stream of one key to KEYSTREAM, from the state that firstRound left. */',
  'export function keystreamOfEightBlocks(roundKeys: usize, table: usize): void {',
  ...CONSTANTS,
  ...remainingRounds(),
  ...blocksFromPlanes(),
  'const fromRows = v128.load(SHIFT_ROWS_FROM_ROWS);',
  ...BITS.map((i) => `v128.store(KEYSTREAM, i8x16.swizzle(q${i}, fromRows), ${16 * i});`),
  '}',
];

/** @returns {string} the AssemblyScript source */
export function generateAes() {
  return [
    '// Written by generate/aes.mjs.',
    "import { ALL_BUT_BYTE_15, BYTES_0F, BYTES_33, BYTES_55, SHIFT_ROWS, SHIFT_ROWS_FROM_ROWS } from '../../assembly/constants';",
    "import { FIRST_ROUND_STATE, KEYSTREAM, PLANES } from '../../assembly/scratch';",
    ...SUBSTITUTE_BYTES,
    ...FIRST_ROUND,
    ...ENCRYPT_FOUR_LANES,
    ...KEYSTREAM_OF_EIGHT_BLOCKS,
    '',
  ].join('\n');
}
