import { expect, test } from 'vitest';
import { HEADER_LENGTH, PACKET_LENGTH, writePacket } from './media-packet.js';
import { Reception } from './reception.js';
import { SampleVerifier } from './sample-verifier.js';
import { AUTHENTICATION_TAG_LENGTH, protectRtp, SrtpKey } from './srtp.js';

const key = new SrtpKey(Buffer.alloc(16, 1), Buffer.alloc(14, 2));
const origin = { publisher: 3, ssrc: 99, sequenceNumber: 65_535, timestamp: 4_294_967_000 };

function packetOf(
  counter: number,
  change: { key?: SrtpKey; sequenceNumber?: number; publisher?: number } = {},
) {
  const packet = Buffer.alloc(PACKET_LENGTH + AUTHENTICATION_TAG_LENGTH);
  writePacket(packet, { ...origin, publisher: change.publisher ?? origin.publisher }, counter);
  const index = change.sequenceNumber ?? origin.sequenceNumber + counter;
  packet.writeUInt16BE(index & 0xffff, 2);
  protectRtp(change.key ?? key, packet, HEADER_LENGTH, PACKET_LENGTH, Math.floor(index / 0x1_0000));
  return packet;
}

function verifierAndReception() {
  const reception = new Reception(99);
  reception.publisher = 3;
  return { verifier: new SampleVerifier(key, 'subscriber'), reception };
}

test('packets of the right publisher verify across the rollover of sequence number and timestamp', () => {
  const { verifier, reception } = verifierAndReception();
  for (const counter of [0, 1, 2, 500]) {
    verifier.verify(packetOf(counter), HEADER_LENGTH, origin.sequenceNumber + counter, reception);
  }
  expect(verifier).toMatchObject({ verified: 4, failed: 0, failures: [] });
  expect(reception.indexOffset).toBe(65_535);
});

test.each([
  ['another key', packetOf(1, { key: new SrtpKey(Buffer.alloc(16, 5), Buffer.alloc(14, 2)) }), 'tag'],
  ['another publisher', packetOf(1, { publisher: 4 }), 'publisher 4 instead of 3'],
  ['a counter that does not fit its sequence number', packetOf(2, { sequenceNumber: 65_536 }), 'moved by -1'],
  ['a cut packet', packetOf(1).subarray(0, 100), '100 octets'],
])('%s fails', (_name, packet, expected) => {
  const { verifier, reception } = verifierAndReception();
  verifier.verify(packetOf(0), HEADER_LENGTH, 65_535, reception);
  verifier.verify(packet, HEADER_LENGTH, 65_536, reception);
  expect(verifier.failed).toBe(1);
  expect(verifier.failures[0]).toContain(expected);
});
