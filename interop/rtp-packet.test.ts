import { expect, test } from 'vitest';
import { parseRtp, writeRtp } from './rtp-packet.js';

const packet = {
  payloadType: 111,
  sequenceNumber: 65535,
  timestamp: 4294967295,
  ssrc: 0xdeadbeef,
  payload: Buffer.from('opus'),
};

test('a packet that was written is read as it was', () => {
  expect(parseRtp(writeRtp(packet))).toEqual(packet);
});

test('the payload is found behind CSRCs and header extension and before padding', () => {
  const header = Buffer.from('b16f0001000000020000000300000004bede0001aabbccdd', 'hex');
  const parsed = parseRtp(
    Buffer.concat([header, Buffer.from('opus'), Buffer.from('000002', 'hex').subarray(1)]),
  );
  expect(parsed?.payload.toString()).toBe('opus');
});

test('RTCP is no RTP', () => {
  expect(parseRtp(Buffer.from('80c8000600000001', 'hex'))).toBeNull();
});
