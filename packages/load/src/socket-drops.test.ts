import { expect, test } from 'vitest';
import { sumSocketDrops } from './socket-drops.js';

const TABLE = `   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops
  100: 0100007F:1BBC 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 1211 2 00000000e7f7b1a5 17
  101: 0100007F:1BBD 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 1212 2 00000000e7f7b1a5 4
  102: 00000000:C001 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 1213 2 00000000e7f7b1a5 1000
`;

test('only drops of the given ports are summed', () => {
  expect(sumSocketDrops(TABLE, new Set([0x1bbc, 0x1bbd]))).toBe(21);
  expect(sumSocketDrops(TABLE, new Set())).toBe(0);
});
