import { expect, test } from 'vitest';
import { bar } from './figures-text.js';
import { Progress } from './progress.js';

function output(isTTY: boolean) {
  const written: string[] = [];
  return { isTTY, columns: 10, written, write: (text: string) => written.push(text) };
}

test('on a terminal one line is written over and over, cut to its width', () => {
  const terminal = output(true);
  const progress = new Progress(terminal);
  progress.show('joining 1');
  progress.show('joining 2 of many');
  progress.end();
  expect(terminal.written).toEqual(['\r\u001b[Kjoining 1', '\r\u001b[Kjoining 2', '\n']);
});

test('elsewhere a line is written every five seconds', () => {
  const file = output(false);
  let now = 0;
  const progress = new Progress(file, () => now);
  for (; now <= 10_000; now += 1_000) progress.show(`at ${now}`);
  progress.end();
  expect(file.written).toEqual(['at 0\n', 'at 5000\n', 'at 10000\n']);
});

test('a bar is as full as what it shows, and never more', () => {
  expect(bar(0)).toBe(`[${' '.repeat(20)}]`);
  expect(bar(0.5)).toBe(`[${'#'.repeat(10)}${' '.repeat(10)}]`);
  expect(bar(7)).toBe(`[${'#'.repeat(20)}]`);
});
