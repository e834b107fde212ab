import { expect, test } from 'vitest';
import { ReceptionTable } from './reception-table.js';

test('each SSRC has one reception, signed or not, however many there are', () => {
  const table = new ReceptionTable();
  const ssrcs = Array.from({ length: 600 }, (_, i) => Math.imul(i, 0x9e37_79b1) >>> 0);
  const receptions = ssrcs.map((ssrc) => table.receptionOf(ssrc));
  expect(new Set(receptions).size).toBe(600);
  expect(receptions.map(({ ssrc }) => ssrc)).toEqual(ssrcs);
  for (const [i, ssrc] of ssrcs.entries()) expect(table.receptionOf(ssrc | 0)).toBe(receptions[i]);
  expect(table.values()).toEqual(receptions);
});

test('SSRCs that fall on the same place are told apart', () => {
  const table = new ReceptionTable();
  const [first, second] = [table.receptionOf(1), table.receptionOf(0)];
  for (let ssrc = 2; ssrc < 20; ssrc++) table.receptionOf(ssrc);
  expect(table.receptionOf(1)).toBe(first);
  expect(table.receptionOf(0)).toBe(second);
});
