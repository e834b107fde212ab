import { describe, expect, it } from 'vitest';
import { type AssociationSecrets, deriveRecordKeys } from './record-keys.js';

const secrets: AssociationSecrets = {
  masterSecret: new Uint8Array(48).fill(1),
  clientRandom: new Uint8Array(32).fill(2),
  serverRandom: new Uint8Array(32).fill(3),
};

describe('deriveRecordKeys', () => {
  it.each([
    [0xc02b, 'aes-128-gcm', 16],
    [0xc02f, 'aes-128-gcm', 16],
    [0xc02c, 'aes-256-gcm', 32],
    [0xc030, 'aes-256-gcm', 32],
  ])('gives cipher suite %d keys of the right length, crosswise for both roles', (suite, cipher, length) => {
    const client = deriveRecordKeys(secrets, suite, 'client');
    const server = deriveRecordKeys(secrets, suite, 'server');
    expect(client.cipher).toBe(cipher);
    expect(client.local).toEqual(server.remote);
    expect(client.remote).toEqual(server.local);
    expect(client.local.key).not.toEqual(client.remote.key);
    for (const { key, salt } of [client.local, client.remote]) {
      expect(key).toHaveLength(length);
      expect(salt).toHaveLength(4);
    }
  });

  it('throws for a cipher suite that is never offered', () => {
    expect(() => deriveRecordKeys(secrets, 0xcca9, 'client')).toThrow('cipher suite 0xcca9');
  });
});
