import { describe, expect, test } from 'vitest';
import { SourcePosition } from './source-position.js';

describe('the place of a packet', () => {
  test('of the first one is one ahead, whatever its number', () => {
    for (const first of [0, 1, 0x8000, 0xffff]) {
      const position = new SourcePosition();
      position.start(first);
      expect(position.place(first)).toBe(1);
    }
  });

  test('is counted from the newest one that was passed on, across the rollover', () => {
    const position = new SourcePosition();
    position.start(0xfffe);
    position.pass(position.place(0xfffe));
    expect(position.place(1)).toBe(3);
    expect(position.place(0xffff)).toBe(1);
    position.pass(3);
    expect(position.place(0)).toBe(-1);
    expect(position.place(2)).toBe(1);
  });

  test('grows beyond half a cycle where packets are not passed on', () => {
    const position = new SourcePosition();
    position.start(0);
    position.pass(position.place(0));
    expect(position.place(0x8000)).toBe(0x8000);
    expect(position.place(0xffff)).toBe(0xffff);
    expect(position.place(0)).toBe(0x1_0000);
    expect(position.place(0xfff0)).toBe(0xfff0);
  });
});
