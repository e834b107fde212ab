import { createHash, createHmac } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  ROUTE_GROUP_PAYLOAD_TYPE,
  ROUTE_GROUP_SSRC,
  ROUTE_GROUP_TIMESTAMP_OFFSET,
  RTCP_LABELS,
  RTP_LABELS,
  STREAM_CIPHER_SIZE,
  TAG_LENGTH,
} from './layout.js';
import { lendMasterKey, type MasterKey } from './master-key.js';
import { FanOutFixture } from './testing/fan-out-fixture.js';
import { createKernel, type KernelFixture, octets } from './testing/kernel-fixture.js';
import { readRoundKeys, readSalt, writeHmacKey, writeSalt } from './testing/record-keys.js';
import { deriveSessionKeys } from './testing/reference.js';

let fixture: KernelFixture;
let cipher: number;
let buffer: number;

beforeAll(async () => {
  fixture = await createKernel();
  cipher = fixture.memory.reserve(STREAM_CIPHER_SIZE);
  buffer = fixture.memory.reserve(4096);
}, 60_000);

function hex(text: string): Buffer {
  return Buffer.from(text.replaceAll(/\s/g, ''), 'hex');
}

function setUp(master: MasterKey, firstLabel: number): void {
  lendMasterKey(fixture.memory, master, (masterKey, masterSalt) => {
    fixture.kernel.writeStreamCipher(cipher, masterKey, masterSalt, firstLabel);
  });
}

/** The master key and salt of RFC 3711, B.3, and of libsrtp's known answers. */
const B3 = {
  masterKey: hex('E1F97A0D3E018BE0D64FA32C06DE4139'),
  masterSalt: hex('0EC675AD498AFEEBB6960B3AABE6'),
};

/**
 * A master key and salt from which the session key 2B7E1516…, of FIPS 197 A.1 and RFC 3711 B.2, is derived: the salt
 * is that session key, decrypted under the master key, which was searched so that the last two octets become zero.
 */
const YIELDS_2B7E = {
  masterKey: hex('7365617263680000000000000002d92b'),
  masterSalt: hex('70c6eeb5d8b6b46ae26041ce2891'),
};

/** The key stream of the packet with SSRC, sequence number and rollover counter 0, which decrypts zeros to it. */
function keystream(length: number): Buffer {
  const { kernel, memory } = fixture;
  const authenticationKey = Buffer.alloc(20, 0x0b);
  writeHmacKey(memory, cipher, authenticationKey);
  const packet = Buffer.alloc(12 + length);
  packet[0] = 0x80;
  const hmac = createHmac('sha1', authenticationKey).update(packet).update(Buffer.alloc(4)).digest();
  memory.bytes.set(Buffer.concat([packet, hmac.subarray(0, TAG_LENGTH)]), buffer);
  expect(kernel.unprotectRtp(cipher, buffer, 12, packet.length + TAG_LENGTH, 0)).toBe(1);
  return octets(memory, buffer + 12, length);
}

describe('FIPS 197', () => {
  it('A.1: key expansion of a 128-bit key', () => {
    setUp(YIELDS_2B7E, RTP_LABELS);
    expect(readRoundKeys(fixture.memory, cipher).map((key) => key.toString('hex'))).toEqual([
      '2b7e151628aed2a6abf7158809cf4f3c',
      'a0fafe1788542cb123a339392a6c7605',
      'f2c295f27a96b9435935807a7359f67f',
      '3d80477d4716fe3e1e237e446d7a883b',
      'ef44a541a8525b7fb671253bdb0bad00',
      'd4d1c6f87c839d87caf2b8bc11f915bc',
      '6d88a37a110b3efddbf98641ca0093fd',
      '4e54f70e5f5fc9f384a64fb24ea6dc4f',
      'ead27321b58dbad2312bf5607f8d292f',
      'ac7766f319fadc2128d12941575c006e',
      'd014f9a8c9ee2589e13f0cc8b6630ca6',
    ]);
  });
});

describe('RFC 3711', () => {
  it('B.2: AES counter mode', () => {
    setUp(YIELDS_2B7E, RTP_LABELS);
    writeSalt(fixture.memory, cipher, hex('F0F1F2F3F4F5F6F7F8F9FAFBFCFD'));
    const expected = hex(`
      E03EAD0935C95E80E166B16DD92B4EB4
      D23513162B02D0F72A43A2FE4A5F97AB
      41E95B3BB0A2E8DD477901E4FCA894C0`);
    expect(keystream(48).toString('hex')).toBe(expected.toString('hex'));
  });

  it('B.3: key derivation', () => {
    setUp(B3, RTP_LABELS);
    const [cipherKey] = readRoundKeys(fixture.memory, cipher);
    expect(cipherKey?.toString('hex').toUpperCase()).toBe('C61E7A93744F39EE10734AFE3FF7A087');
    expect(readSalt(fixture.memory, cipher).toString('hex').toUpperCase()).toBe(
      '30CBBC08863D8C85D49DB34A9AE1',
    );
    const derived = octets(fixture.memory, cipher, 40);
    // Of the RFC's 94 octets of authentication key SRTP with HMAC-SHA1 takes 20.
    writeHmacKey(fixture.memory, cipher, hex('CEBE321F6FF7716B6FD4AB49AF256A156D38BAA4'));
    expect(derived.equals(octets(fixture.memory, cipher, 40))).toBe(true);
  });

  it('4.3.2: labels 3, 4 and 5 for SRTCP', () => {
    setUp(B3, RTCP_LABELS);
    const keys = deriveSessionKeys(B3, RTCP_LABELS);
    const derived = octets(fixture.memory, cipher, 40);
    expect(readRoundKeys(fixture.memory, cipher)[0]?.equals(keys.cipherKey)).toBe(true);
    expect(readSalt(fixture.memory, cipher).equals(keys.salt)).toBe(true);
    writeHmacKey(fixture.memory, cipher, keys.authenticationKey);
    expect(derived.equals(octets(fixture.memory, cipher, 40))).toBe(true);
  });
});

describe("libsrtp's known answer", () => {
  const plain = hex(`800f1234decafbadcafebabe${'ab'.repeat(16)}`);
  const answer = hex('800f1234decafbadcafebabe4e55dc4ce79978d88ca4d215949d2402b78d6acc99ea179b8dbb');

  it('comes out of each lane', () => {
    const fan = new FanOutFixture(fixture, 1);
    for (let lane = 0; lane < 4; lane++) {
      fan.setLane(lane, { sourceSequenceNumber: 0x1234, index: 0x1234 });
      fan.setLaneKeys(lane, B3);
      fan.route(lane, ROUTE_GROUP_SSRC, 0xcafebabe);
      fan.route(lane, ROUTE_GROUP_TIMESTAMP_OFFSET, 0);
      fan.route(lane, ROUTE_GROUP_PAYLOAD_TYPE, 0x0f);
    }
    const packet = { octets: plain, header: { ssrc: 0xcafebabe, sequenceNumber: 0x1234, headerLength: 12 } };
    expect(fan.fanOut(packet)).toBe(4);
    for (let lane = 0; lane < 4; lane++)
      expect(fan.slot(lane, packet).toString('hex')).toBe(answer.toString('hex'));
  });

  it('is unprotected', () => {
    setUp(B3, RTP_LABELS);
    fixture.memory.bytes.set(answer, buffer);
    expect(fixture.kernel.unprotectRtp(cipher, buffer, 12, answer.length, 0)).toBe(1);
    expect(octets(fixture.memory, buffer, plain.length).equals(plain)).toBe(true);
  });
});

describe('RFC 2202: HMAC-SHA1', () => {
  // Case 1 and 5 have messages shorter than a RTCP packet. Keys of more than a block are hashed first (RFC 2104, 2).
  const longKey = createHash('sha1').update(Buffer.alloc(80, 0xaa)).digest();
  it.each([
    ['2', Buffer.from('Jefe'), Buffer.from('what do ya want for nothing?'), 'effcdf6ae5eb2fa2d274'],
    ['3', Buffer.alloc(20, 0xaa), Buffer.alloc(50, 0xdd), '125d7342b9ac11cd91a3'],
    [
      '4',
      hex('0102030405060708090a0b0c0d0e0f10111213141516171819'),
      Buffer.alloc(50, 0xcd),
      '4c9007f4026250c6bc84',
    ],
    [
      '6',
      longKey,
      Buffer.from('Test Using Larger Than Block-Size Key - Hash Key First'),
      'aa4ae5e15272d00e9570',
    ],
    [
      '7',
      longKey,
      Buffer.from('Test Using Larger Than Block-Size Key and Larger Than One Block-Size Data'),
      'e8e99d0f45237d786d6b',
    ],
  ])('case %s', (_, key, message, digest) => {
    const { kernel, memory } = fixture;
    setUp(B3, RTCP_LABELS);
    writeHmacKey(memory, cipher, key);
    // A SRTCP packet is its index, authenticated at its end, and the tag: here the end of the message is the index.
    const packet = Buffer.concat([message, hex(digest)]);
    memory.bytes.set(packet, buffer);
    expect(kernel.unprotectRtcp(cipher, buffer, packet.length)).toBe(message.length - 4);
    packet[packet.length - 1] = (packet[packet.length - 1] ?? 0) ^ 1;
    memory.bytes.set(packet, buffer);
    expect(kernel.unprotectRtcp(cipher, buffer, packet.length)).toBe(-1);
  });
});
