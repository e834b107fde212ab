import { describe, expect, it } from 'vitest';
import { cutKeyingMaterial, KEYING_MATERIAL_LENGTH } from './srtp-profile.js';

/** Each octet is its own offset. */
const material = Uint8Array.from({ length: KEYING_MATERIAL_LENGTH }, (_, offset) => offset);
const range = (from: number, length: number) => material.slice(from, from + length);

describe('cutKeyingMaterial', () => {
  it('cuts client key, server key, client salt and server salt, in this order (RFC 5764 section 4.2)', () => {
    const client = { masterKey: range(0, 16), masterSalt: range(32, 14) };
    const server = { masterKey: range(16, 16), masterSalt: range(46, 14) };
    expect(cutKeyingMaterial(material, 'client')).toEqual({ local: client, remote: server });
    expect(cutKeyingMaterial(material, 'server')).toEqual({ local: server, remote: client });
  });

  it('copies, so that the material can be wiped', () => {
    const own = material.slice();
    const { local } = cutKeyingMaterial(own, 'client');
    own.fill(0xff);
    expect(local.masterKey).toEqual(range(0, 16));
  });

  it('throws when the material has another length', () => {
    expect(() => cutKeyingMaterial(material.subarray(1), 'client')).toThrow('60 octets, not 59');
  });
});
