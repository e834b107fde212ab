import { expect, test } from 'vitest';
import { parseCpuList } from './machine.js';

test("the kernel's lists of cores are read", () => {
  expect(parseCpuList('0-1')).toEqual([0, 1]);
  expect(parseCpuList('3')).toEqual([3]);
  expect(parseCpuList('0,2-4,9')).toEqual([0, 2, 3, 4, 9]);
});
