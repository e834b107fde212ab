import { expect, test } from 'vitest';
import { OptionError } from '../option-values.js';
import { parseMonitorOptions } from './options.js';

test('only a run of everything at full length is for the documentation', () => {
  expect(parseMonitorOptions([])).toMatchObject({ isFull: true, rounds: 3, profile: false });
  expect(parseMonitorOptions(['--quick'])).toMatchObject({ isFull: false, rounds: 1 });
  expect(parseMonitorOptions(['--registry', 'memory', '--seconds', '0.5'])).toMatchObject({
    isFull: false,
    registries: [{ name: 'memory' }],
    seconds: 0.5,
  });
  expect(parseMonitorOptions(['--help'])).toBeNull();
});

test.each([
  ['an unknown registry', ['--registry', 'paper'], 'there are memory'],
  ['half a round', ['--rounds', '1.5'], 'expected an integer'],
  ['no connection', ['--connections', '0'], 'expected a number above 0'],
  ['no number', ['--seconds', 'long'], 'expected a number above 0'],
  ['an unknown option', ['--fast'], '--fast'],
])('%s is refused', (_, args, problem) => {
  expect(() => parseMonitorOptions(args)).toThrow(OptionError);
  expect(() => parseMonitorOptions(args)).toThrow(problem);
});
