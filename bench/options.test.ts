import { expect, test } from 'vitest';
import { OptionError, parseOptions } from './options.js';

const namesOf = (...args: string[]) => parseOptions(args)?.scenarios.map((scenario) => scenario.name);

test('scenarios follow from the options', () => {
  expect(namesOf('--quick')).toEqual(['idle', 'room of 10', 'room of 20']);
  expect(namesOf('--participants', '20,30')).toEqual(['room of 20', 'room of 30']);
  expect(namesOf('--participants', '10', '--rooms', '3')).toEqual(['3 rooms of 10']);
  expect(namesOf('--listeners', '40')).toEqual(['room of 10 + 40 listeners']);
  expect(namesOf('--idle')).toEqual(['idle']);
  expect(namesOf()).toHaveLength(7);
});

test('a measurement is short when asked to be quick, and as long as is said', () => {
  expect(parseOptions(['--quick'])?.seconds).toBe(5);
  expect(parseOptions([])?.seconds).toBe(10);
  expect(parseOptions(['--quick', '--seconds', '2.5'])?.seconds).toBe(2.5);
});

test.each([
  ['--participants', 'x'],
  ['--participants', '0'],
  ['--seconds', ''],
  ['--pid', '1'],
  ['--nonsense'],
  ['--rooms', '1.5'],
])('%s %s is refused', (...args) => {
  expect(() => parseOptions(args)).toThrow(OptionError);
});
