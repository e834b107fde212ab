import { describe, expect, it } from 'vitest';
import { Association } from './association.js';
import type { AssociationSecrets } from './record-keys.js';
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

function associationOf(secrets: AssociationSecrets, finished: Uint8Array): Association {
  const cipherSuite = AES_128_GCM;
  return new Association({ role: 'server', secrets, cipherSuite, finished, plaintextSequenceNumber: 5 });
}

describe('an association', () => {
  it('says nothing under keys that are not those of its Finished', () => {
    const association = associationOf(secretsOf(1), finishedOf(secretsOf(4)));
    expect(() => association.closeNotify()).toThrow('the derived keys are wrong');
  });

  it('knows the record that ended the handshake when it comes again', () => {
    const secrets = secretsOf(1);
    const record = protectRecord('client', secrets, { type: HANDSHAKE, sequenceNumber: 3, body: FINISHED });
    const association = associationOf(secretsOf(1), finishedOf(secrets));
    association.note(record, 0);
    expect(association.receive(record, 0, record.length)).toEqual({
      kind: 'dropped',
      reason: 'dtls-replayed',
    });
    const next = protectRecord('client', secrets, { type: HANDSHAKE, sequenceNumber: 4, body: FINISHED });
    expect(association.receive(next, 0, next.length).kind).toBe('answered');
  });

  it('wipes the master secret when it has keys, and when it is over', () => {
    const isWiped = ({ masterSecret }: AssociationSecrets) => masterSecret.every((octet) => octet === 0);
    const used = secretsOf(1);
    const finished = finishedOf(used);
    associationOf(used, finished).closeNotify();
    expect(isWiped(used)).toBe(true);
    const unused = secretsOf(1);
    associationOf(unused, finished).wipe();
    expect(isWiped(unused)).toBe(true);
  });
});
