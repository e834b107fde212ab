import { expect, test } from 'vitest';
import { chooseEngine } from './choose-engine.js';

const engines = [
  { id: 'abc-1', url: 'https://e1.example/' },
  { id: 'abc-12', url: 'https://e2.example/kraken' },
  { id: 'd', url: 'https://e3.example/' },
];

test.each([
  ['abc-12', 'abc-12'],
  ['d', 'd'],
  ['abc-1', 'abc-1'],
  ['https://e1.example/', 'abc-1'],
  ['https://e1.example', 'abc-1'],
  ['https://e2.example/kraken/', 'abc-12'],
])('%s names one engine', (named, id) => {
  expect(chooseEngine(engines, named).id).toBe(id);
});

test('what could be several is refused with their ids', () => {
  expect(() => chooseEngine(engines, 'abc')).toThrow('"abc" could be any of these engines: abc-1, abc-12');
});

test('a URL at which an engine was restarted of which the monitor still knows both runs names neither', () => {
  const both = [...engines, { id: 'new', url: 'https://e1.example/' }];
  expect(() => chooseEngine(both, 'https://e1.example/')).toThrow('abc-1, new');
});

test.each(['x', 'bc', 'https://e1'])('%j is no engine', (named) => {
  expect(() => chooseEngine(engines, named)).toThrow(`no engine "${named}" in the cluster`);
});
