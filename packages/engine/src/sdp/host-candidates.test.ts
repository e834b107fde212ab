import { expect, test } from 'vitest';
import { writeHostCandidates } from './host-candidates.js';

test('earlier addresses and UDP are preferred, RFC 8445 section 5.1.2.1', () => {
  const lines = writeHostCandidates([
    { transport: 'udp', family: 'IPv4', address: '192.0.2.1', port: 7000 },
    { transport: 'tcp', family: 'IPv4', address: '192.0.2.1', port: 7000 },
    { transport: 'udp', family: 'IPv6', address: '2001:db8::1', port: 7000 },
  ]);
  // 2^24 × 126 + 2^8 × 65535 + 255 is the priority that RFC 8445 appendix and every implementation give.
  expect(lines).toEqual([
    'a=candidate:1 1 udp 2130706431 192.0.2.1 7000 typ host',
    'a=candidate:2 1 tcp 1520434943 192.0.2.1 7000 typ host tcptype passive',
    'a=candidate:3 1 udp 2130705919 2001:db8::1 7000 typ host',
  ]);
  const priorities = lines.map((line) => Number(line.split(' ')[3]));
  expect(priorities[2]).toBeGreaterThan(priorities[1] ?? 0);
});
