import { expect, test } from 'vitest';
import { Coverage } from './coverage.js';
import { COVERAGE_GLOBAL } from './coverage-global.js';
import { instrument } from './instrument.js';

/** A program with each construct that is instrumented; its result depends on all of them. */
const PROGRAM = `
class Counter { #n = 0; constructor(n) { this.#n = n; } get n() { return this.#n; } static of = (n) => ({ n }); }
function classify(x) {
  switch (x) { case 1: case 2: return 'few'; case 'many': return 'text'; default: }
  if (x < 10) return 'small'; else if (x >= 1000) return 'large';
  if (x === 77) { return 'hit' }
  for (let i = 0; i < 3; i++) if (i !== 1) x += i;
  for (const part of [1, 2]) x += part;
  for (const key in { a: 1 }) x += key.length;
  while (x % 2 === 1) x++;
  do x--; while (x > 500)
  try { if (x === 8) throw new Error('eight'); } catch { x = -1; }
  return x > 5 ? (x <= 20 ? 'middle' : \`n\${x}\`) : null ?? (x && 'other');
}
const twice = (n) => n * 2, pair = async (a, b = a ?? 1) => { return [a, b] };
globalThis.instrumented = (x) => [classify(x), twice(Number(x)), new Counter(3).n, Counter.of(4).n, typeof x === 'string', pair.length];
`;

function run(code: string): (x: unknown) => unknown {
  new Function(code)();
  return Reflect.get(globalThis, 'instrumented');
}

test('instrumented code does what it did before', () => {
  const plain = run(PROGRAM);
  Reflect.set(globalThis, COVERAGE_GLOBAL, new Coverage());
  const counted = run(instrument(PROGRAM));
  for (const x of [0, 1, 2, 'many', 'x', 8, 11, 77, 101, 555, 999, 1000, -5, Number.NaN, null, undefined])
    expect(counted(x)).toEqual(plain(x));
});

test('its features tell which way it went, and its comparisons what it wanted', () => {
  const coverage = new Coverage();
  Reflect.set(globalThis, COVERAGE_GLOBAL, coverage);
  const counted = run(instrument(PROGRAM));
  const featuresOf = (x: unknown) => {
    coverage.reset();
    counted(x);
    return [...coverage.features()];
  };
  expect(featuresOf(5)).toEqual(featuresOf(6));
  expect(featuresOf(5)).not.toEqual(featuresOf(2_000));
  expect(featuresOf(1)).not.toEqual(featuresOf('many'));
  featuresOf(76);
  expect(coverage.comparisons()).toContainEqual({ left: 76, right: 77 });
  featuresOf('more');
  expect(coverage.comparisons()).toContainEqual({ left: 'more', right: 'many' });
  expect(coverage.texts).toContain('many');
});
