import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { RTCP_DROP_NAMES } from './drop-reasons.js';
import { RTCP_PACKET_TYPE_NAMES, rtcpPacketTypeName, UNKNOWN_PACKET_TYPE } from './packet-types.js';

const document = readFileSync(new URL('../../../../../docs/rtcp.md', import.meta.url), 'utf8');

test('registered types have the names of the registry, all others are unknown', () => {
  expect([200, 201, 202, 203, 204, 205, 206, 207].map(rtcpPacketTypeName)).toEqual([
    ...['SR', 'RR', 'SDES', 'BYE', 'APP', 'RTPFB', 'PSFB', 'XR'],
  ]);
  for (const packetType of [0, 191, 196, 199, 214, 255]) {
    expect(rtcpPacketTypeName(packetType)).toBe(UNKNOWN_PACKET_TYPE);
  }
});

test('docs/rtcp.md says of every registered type what is done with it', () => {
  const rows = document
    .split('\n')
    .filter((line) => line.startsWith('| '))
    .map((line) => line.split('|')[1] ?? '');
  for (const [packetType, name] of RTCP_PACKET_TYPE_NAMES) {
    const row = rows.find((cell) => cell.includes(`${name} (${packetType})`));
    expect(row, `${name} (${packetType})`).toBeDefined();
  }
});

test('docs/rtcp.md explains every reason for which RTCP is dropped', () => {
  for (const name of Object.values(RTCP_DROP_NAMES)) expect(document).toContain(`| \`${name}\` |`);
});
