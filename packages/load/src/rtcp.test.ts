import { expect, test } from 'vitest';
import { Reception } from './reception.js';
import { MAX_REPORT_BLOCKS, senderOfCompound, writeCompound } from './rtcp.js';

function receptionOf(ssrc: number, index: number): Reception {
  const reception = new Reception(ssrc);
  reception.receive(index, -1);
  return reception;
}

test('a sender report has sender information, one block per source and the CNAME', () => {
  const sender = { ssrc: 1, timestamp: 960, packets: 2, octets: 200 };
  const compound = writeCompound(sender, 1, [receptionOf(5, 70_000)], 'p1', 1500);
  expect(compound.readUInt8(0)).toBe(0x81);
  expect(compound.readUInt8(1)).toBe(200);
  expect(compound.readUInt16BE(2)).toBe((28 + 24) / 4 - 1);
  expect(compound.readUInt32BE(8)).toBe(2_208_988_801);
  expect(compound.readUInt32BE(12)).toBe(0x8000_0000);
  expect(compound.readUInt32BE(28)).toBe(5);
  expect(compound.readUInt32BE(36)).toBe(70_000);
  expect(compound.toString('hex', 52)).toBe('81ca00030000000101027031' + '00000000');
  expect(senderOfCompound(compound)).toBe(1);
});

test('a listener sends a receiver report on at most 31 sources', () => {
  const receptions = Array.from({ length: 40 }, (_, i) => receptionOf(i + 1, 1));
  const compound = writeCompound(null, 9, receptions, 'p', 0);
  expect(compound.readUInt8(0)).toBe(0x80 | MAX_REPORT_BLOCKS);
  expect(compound.readUInt8(1)).toBe(201);
  expect(senderOfCompound(compound)).toBe(9);
});

test('a compound whose lengths do not add up is refused', () => {
  const compound = writeCompound(null, 9, [], 'p', 0);
  expect(senderOfCompound(compound.subarray(0, compound.length - 1))).toBeNull();
  expect(senderOfCompound(Buffer.alloc(8))).toBeNull();
  expect(senderOfCompound(Buffer.alloc(0))).toBeNull();
});
