import { describe, expect, test } from 'vitest';
import {
  aesCounterMode,
  deriveKey,
  protectRtcp,
  protectRtp,
  SrtpKey,
  unprotectRtcp,
  unprotectRtp,
} from './srtp.js';

const bytes = (hex: string) => Buffer.from(hex, 'hex');
const hex = (value: Uint8Array) => Buffer.from(value).toString('hex').toUpperCase();

describe('reference vectors', () => {
  test('AES-CM gives the key stream of RFC 3711 B.2', () => {
    const key = bytes('2B7E151628AED2A6ABF7158809CF4F3C');
    const iv = bytes('F0F1F2F3F4F5F6F7F8F9FAFBFCFD0000');
    const stream = hex(aesCounterMode(key, iv, new Uint8Array(0xff02 * 16)));
    expect(stream.slice(0, 96)).toBe(
      'E03EAD0935C95E80E166B16DD92B4EB4D23513162B02D0F72A43A2FE4A5F97AB41E95B3BB0A2E8DD477901E4FCA894C0',
    );
    expect(stream.slice(0xfeff * 32, 0xff02 * 32)).toBe(
      'EC8CDF7398607CB0F2D21675EA9EA1E4362B7C3C6773516318A077D7FC5073AE6A2CC3787889374FBEB4C81B17BA6C44',
    );
  });

  test('the session keys are those of RFC 3711 B.3', () => {
    const key = new SrtpKey(bytes('E1F97A0D3E018BE0D64FA32C06DE4139'), bytes('0EC675AD498AFEEBB6960B3AABE6'));
    expect(hex(key.rtp.encryption)).toBe('C61E7A93744F39EE10734AFE3FF7A087');
    expect(hex(key.rtp.salt)).toBe('30CBBC08863D8C85D49DB34A9AE1');
    const longer = deriveKey(
      bytes('E1F97A0D3E018BE0D64FA32C06DE4139'),
      bytes('0EC675AD498AFEEBB6960B3AABE6'),
      1,
      94,
    );
    expect(hex(longer)).toBe(
      'CEBE321F6FF7716B6FD4AB49AF256A156D38BAA48F0A0ACF3C34E2359E6CDBCEE049646C43D9327AD175578EF7227098' +
        '6371C10C9A369AC2F94A8C5FBCDDDC256D6E919A48B610EF17C2041E474035766B68642C59BBFC2F34DB60DBDFB2',
    );
    expect(hex(key.rtp.authentication)).toBe(hex(longer.subarray(0, 20)));
  });
});

describe('packets', () => {
  const key = new SrtpKey(Buffer.alloc(16, 7), Buffer.alloc(14, 9));
  const plain = Buffer.concat([bytes('806F123400000064DEADBEEF'), Buffer.alloc(100, 0x55)]);

  function protectedRtp(rolloverCounter: number): Buffer {
    const packet = Buffer.concat([plain, Buffer.alloc(10)]);
    expect(protectRtp(key, packet, 12, plain.length, rolloverCounter)).toBe(packet.length);
    return packet;
  }

  test('RTP survives the way there and back', () => {
    const packet = protectedRtp(3);
    expect(packet.subarray(12, 112).equals(plain.subarray(12))).toBe(false);
    expect(unprotectRtp(key, packet, 12, 3)).toEqual(plain);
  });

  test('RTP under another rollover counter, key or with a changed byte is refused', () => {
    const packet = protectedRtp(3);
    expect(unprotectRtp(key, packet, 12, 2)).toBeNull();
    expect(unprotectRtp(new SrtpKey(Buffer.alloc(16, 8), Buffer.alloc(14, 9)), packet, 12, 3)).toBeNull();
    packet[40] = (packet[40] ?? 0) ^ 1;
    expect(unprotectRtp(key, packet, 12, 3)).toBeNull();
    expect(unprotectRtp(key, packet.subarray(0, 9), 12, 3)).toBeNull();
  });

  test('RTCP survives the way there and back and is refused when changed', () => {
    const report = bytes('80C90001DEADBEEF81CA0002DEADBEEF00000000');
    const packet = Buffer.concat([report, Buffer.alloc(14)]);
    expect(protectRtcp(key, packet, report.length, 5)).toBe(packet.length);
    expect(packet.readUInt32BE(report.length)).toBe(0x8000_0005);
    expect(unprotectRtcp(key, packet)).toEqual(report);
    packet[10] = (packet[10] ?? 0) ^ 1;
    expect(unprotectRtcp(key, packet)).toBeNull();
  });
});
