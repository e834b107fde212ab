import fc from 'fast-check';
import { expect, test } from 'vitest';
import { BodyBudget } from './body-budget.js';

/** A budget that remembers the names of the bodies that were given up. */
function budgetOf(limit: number) {
  const budget = new BodyBudget(limit);
  const givenUp: string[] = [];
  const open = (owner: string, name = owner) => budget.open(owner, () => givenUp.push(name));
  return { budget, givenUp, open };
}

test('nobody is given up as long as there is enough, and what is whole counts no longer', () => {
  const { budget, givenUp, open } = budgetOf(100);
  for (let body = 0; body < 1_000; body++) {
    const held = open(`u${body}`);
    held.hold(60);
    held.hold(100);
    held.hold(0);
  }
  expect(givenUp).toEqual([]);
  expect(budget.octets).toBe(0);
  expect(budget.owners).toBe(0);
});

test('who holds the most gives up its oldest, however small, and the newcomer stays', () => {
  const { budget, givenUp, open } = budgetOf(100);
  open('flood', 'first').hold(10);
  open('flood', 'second').hold(60);
  open('other').hold(20);
  open('newcomer').hold(15);
  expect(givenUp).toEqual(['first']);
  expect(budget.octets).toBe(95);
});

test('a body that grows stays as old as it is', () => {
  const { givenUp, open } = budgetOf(100);
  const first = open('flood', 'first');
  first.hold(10);
  open('flood', 'second').hold(10);
  first.hold(40);
  open('flood', 'third').hold(60);
  expect(givenUp).toEqual(['first']);
});

test('a body that is given up holds nothing from then on', () => {
  const { budget, givenUp, open } = budgetOf(100);
  const flood = open('flood');
  flood.hold(90);
  open('newcomer').hold(20);
  flood.hold(95);
  flood.hold(0);
  expect(givenUp).toEqual(['flood']);
  expect(budget.octets).toBe(20);
});

test('a body that is longer than all may be is given up itself when nobody holds more', () => {
  const { budget, givenUp, open } = budgetOf(100);
  open('other').hold(10);
  open('long').hold(101);
  expect(givenUp).toEqual(['long']);
  expect(budget.octets).toBe(10);
});

test('a flood from one address gives up none of the bodies of others who hold less than half of it', () => {
  const { budget, givenUp, open } = budgetOf(100_000);
  const others = Array.from({ length: 20 }, (_, other) => open(`other-${other}`));
  for (const other of others) other.hold(1_000);
  for (let body = 0; body < 10_000; body++) open('flood').hold(1_000);
  expect(budget.octets).toBeLessThanOrEqual(100_000);
  expect(new Set(givenUp)).toEqual(new Set(['flood']));
});

test('whatever comes, what is held is what is said and no more than the limit', () => {
  const steps = fc.array(fc.tuple(fc.nat(9), fc.nat(300)), { maxLength: 100 });
  fc.assert(
    fc.property(steps, (holds) => {
      const budget = new BodyBudget(500);
      const held = new Map<number, number>();
      const bodies = Array.from({ length: 10 }, (_, index) =>
        budget.open(`owner-${index % 3}`, () => held.delete(index)),
      );
      const gone = new Set<number>();
      for (const [index, octets] of holds) {
        if (!gone.has(index)) held.set(index, octets);
        const before = [...held.keys()];
        bodies[index]?.hold(octets);
        for (const key of before) if (!held.has(key)) gone.add(key);
        const sum = [...held.values()].reduce((total, value) => total + value, 0);
        expect(budget.octets).toBe(sum);
        expect(budget.octets).toBeLessThanOrEqual(500);
      }
    }),
  );
});
