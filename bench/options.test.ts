import { expect, test } from 'vitest';
import { OptionError } from './option-values.js';
import { MEASURES, parseOptions } from './options.js';

const namesOf = (...args: string[]) => parseOptions(args)?.scenarios.map((scenario) => scenario.name);

test('scenarios follow from the options', () => {
  expect(namesOf('--quick')).toEqual(['idle', 'room of 10', 'room of 20', 'room of 50']);
  expect(namesOf('--participants', '20,30')).toEqual(['room of 20', 'room of 30']);
  expect(namesOf('--participants', '10', '--rooms', '3')).toEqual(['3 rooms of 10']);
  expect(namesOf('--listeners', '40')).toEqual(['room of 10 + 40 listeners']);
  expect(namesOf('--idle')).toEqual(['idle']);
  expect(namesOf('--idle', '--participants', '5')).toEqual(['idle', 'room of 5']);
  expect(namesOf('--url', 'http://127.0.0.1:1')).toEqual(['room of 10']);
  expect(namesOf()).toEqual([
    'room of 10',
    'room of 20',
    'room of 30',
    'room of 50',
    'room of 70',
    '5 rooms of 10',
    'room of 10 + 500 listeners',
  ]);
});

test('everything is measured, against all, unless something is chosen', () => {
  expect(parseOptions([])).toMatchObject({
    isFull: true,
    measures: MEASURES,
    sfus: ['kraken-ts', 'mediasoup', 'janus'],
    rounds: 3,
  });
  expect(parseOptions(['--only', 'latency,cost', '--sfu', 'janus', '--rounds', '2'])).toMatchObject({
    isFull: false,
    measures: ['latency', 'cost'],
    sfus: ['janus'],
    rounds: 2,
  });
  expect(parseOptions(['--participants', '20'])).toMatchObject({ measures: ['cost'], sfus: ['kraken-ts'] });
});

test('a measurement is as long as is said', () => {
  expect(parseOptions(['--quick'])?.seconds).toBe(5);
  expect(parseOptions(['--participants', '20'])?.seconds).toBe(10);
  expect(parseOptions(['--quick', '--seconds', '2.5'])?.seconds).toBe(2.5);
});

test.each([
  ['--participants', 'x'],
  ['--participants', '0'],
  ['--seconds', ''],
  ['--pid', '1'],
  ['--nonsense'],
  ['--rooms', '1.5'],
  ['--only', 'speed'],
  ['--sfu', 'kraken-ts,other'],
])('%s %s is refused', (...args) => {
  expect(() => parseOptions(args)).toThrow(OptionError);
});
