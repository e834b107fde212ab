import { expect, test } from 'vitest';
import { readFixture, writeFixture } from './fixture-text.js';

test('inputs come back as they were, texts readable and octets as digits', () => {
  for (const bytes of [[], [0x22, 0x61, 0x0d, 0x0a], [0, 255, 10], [0x30, 0x31]]) {
    const input = Buffer.from(bytes);
    const line = writeFixture(input);
    expect(line).not.toContain('\n');
    expect(Buffer.from(readFixture(line))).toEqual(input);
  }
  expect(writeFixture(Buffer.from('v=0\r\n'))).toBe('"v=0\\r\\n"');
});

test('what is neither is refused', () => {
  expect(() => readFixture('xyz')).toThrow('neither a text nor hexadecimal');
});
