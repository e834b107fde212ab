import fc from 'fast-check';
import { expect, test } from 'vitest';
import { checkCandidate, MAX_CANDIDATE_LENGTH, parseTrickle } from './remote-candidate.js';

test.each([
  'null',
  '{}',
  '""',
  '',
  '{"candidate":""}',
  '{"candidate":null}',
  '{"sdp":""}',
  '{"candidate":"","sdpMid":"0","sdpMLineIndex":0}',
])('%j is the empty candidate', (text) => {
  expect(parseTrickle(text)).toBeNull();
});

const HOST = 'candidate:1 1 udp 2113937151 192.0.2.7 54400 typ host';

test('the line may stand in candidate, in sdp or alone', () => {
  expect(parseTrickle(JSON.stringify({ candidate: HOST, sdpMid: '0' }))).toBe(HOST);
  expect(parseTrickle(JSON.stringify({ sdp: HOST, sdpMid: '0' }))).toBe(HOST);
  expect(parseTrickle(JSON.stringify(HOST))).toBe(HOST);
});

test.each([
  HOST,
  `a=${HOST}`,
  `${HOST} generation 0 ufrag OFBM network-cost 999`,
  'candidate:0 2 UDP 2122187006 4d3c0f0c-33db-45b4-9a65-352722cee0b6.local 54263 typ host',
  'candidate:2 1 TCP 2105458943 192.0.2.7 9 typ host tcptype active',
  'candidate:3289912957 1 udp 1845501695 2001:db8::7 54609 typ srflx raddr 0.0.0.0 rport 0',
  'candidate:9 1 udp 5 203.0.113.4 3478 typ relay raddr 198.51.100.9 rport 40123',
])('%s is a candidate', (line) => {
  expect(() => checkCandidate(line)).not.toThrow();
});

test.each([
  'candidate',
  'candidate:1 1 udp',
  HOST.replace('54400', '65536'),
  HOST.replace('2113937151', '4294967295'),
  HOST.replace('1 1 udp', '1 0 udp'),
  HOST.replace('1 1 udp', '1 257 udp'),
  HOST.replace('192.0.2.7', '192.0.2.7\r\na=x'),
  `${HOST}\r\na=setup:active`,
])('%j is not a candidate', (line) => {
  expect(() => checkCandidate(line)).toThrow(expect.objectContaining({ name: 'INVALID_CANDIDATE' }));
});

test.each(['{', '7', 'true', '{"candidate":7}', JSON.stringify(HOST.padEnd(MAX_CANDIDATE_LENGTH))])(
  '%.40j is refused',
  (text) => {
    expect(() => parseTrickle(text)).toThrow(expect.objectContaining({ name: 'INVALID_CANDIDATE' }));
  },
);

test('any text is taken or refused by name', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
      try {
        checkCandidate(parseTrickle(text) ?? HOST);
      } catch (error) {
        expect(error).toMatchObject({ name: 'INVALID_CANDIDATE' });
      }
    }),
  );
});
