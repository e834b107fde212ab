import { describe, expect, it } from 'vitest';
import { Association } from './association.js';
import { type AssociationSecrets, deriveRecordKeys } from './record-keys.js';
import { protectRecord } from './testing/record-protection.js';

const AES_128_GCM = 0xc02b;
const HANDSHAKE = 22;
const FINISHED = Buffer.concat([Buffer.from('1400000c000300000000000c', 'hex'), Buffer.alloc(12, 7)]);

function secretsOf(octet: number): AssociationSecrets {
  return {
    masterSecret: new Uint8Array(48).fill(octet),
    clientRandom: new Uint8Array(32).fill(2),
    serverRandom: new Uint8Array(32).fill(3),
  };
}

function finishedOf(secrets: AssociationSecrets): Uint8Array {
  return protectRecord('server', secrets, { type: HANDSHAKE, sequenceNumber: 0, body: FINISHED });
}

describe('an association', () => {
  it('is not made of keys that are not those of its Finished', () => {
    const keys = deriveRecordKeys(secretsOf(1), AES_128_GCM, 'server');
    const finished = finishedOf(secretsOf(4));
    expect(() => new Association({ role: 'server', keys, finished, plaintextSequenceNumber: 5 })).toThrow(
      'the derived keys are wrong',
    );
  });

  it('wipes its keys', () => {
    const keys = deriveRecordKeys(secretsOf(1), AES_128_GCM, 'server');
    const finished = finishedOf(secretsOf(1));
    new Association({ role: 'server', keys, finished, plaintextSequenceNumber: 5 }).wipe();
    for (const { key, salt } of [keys.local, keys.remote]) {
      expect([...key, ...salt].every((octet) => octet === 0)).toBe(true);
    }
  });
});
