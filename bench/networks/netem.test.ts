import { expect, test } from 'vitest';
import { CLEAN, type LinkConditions } from './conditions.js';
import { impairing, interrupting } from './netem.js';

function netemOf(conditions: Partial<LinkConditions>): (string | undefined)[] {
  return impairing({ ...CLEAN, ...conditions }, 7100)
    .map((command) => command.join(' '))
    .filter((command) => command.includes('netem'))
    .map((command) => command.split('netem')[1]?.trim());
}

test.each([
  [{ delay: 20, loss: 0.1 }, 'delay 20ms loss random 10%'],
  [{ loss: 0.1, burst: 4 }, 'loss gemodel 2.7778% 25%'],
  [{ delay: 20, jitter: 200 }, 'delay 120ms 100ms rate 10000000000bit'],
  [{ delay: 20, jitter: 200, overtaking: true }, 'delay 120ms 100ms'],
  [{ delay: 20, reorder: 0.1 }, 'delay 40ms reorder 90%'],
  [{ duplicate: 0.1 }, 'duplicate 10%'],
  [{ rate: 64_000, queue: 1_280 }, 'limit 10 rate 64000bit'],
])('netem is told of %o', (conditions, parameters) => {
  expect(netemOf(conditions)).toEqual([parameters, parameters]);
});

test('each way of one port has a network of its own', () => {
  const filters = impairing(CLEAN, 7100)
    .map((command) => command.join(' '))
    .filter((command) => command.startsWith('tc filter'));
  expect(filters.map((filter) => /(dport|sport) 7100 .* flowid (\S+)/.exec(filter)?.slice(1))).toEqual([
    ['dport', '1:1'],
    ['sport', '1:2'],
  ]);
});

test('a blackout loses everything', () => {
  for (const command of interrupting()) expect(command.join(' ')).toMatch(/netem loss random 100%$/);
});
