import { describe, expect, it } from 'vitest';
import type { DtlsRole } from '../../contract/messages.js';
import { generateCertificate } from './certificate.js';
import { DtlsContext } from './context.js';
import { Encounter } from './testing/encounter.js';
import { protectRecord } from './testing/record-protection.js';
import { typeOf } from './testing/records.js';

const CHANGE_CIPHER_SPEC = 20;
const ALERT = 21;
const HANDSHAKE = 22;
const APPLICATION_DATA = 23;

const context = new DtlsContext(await generateCertificate());
const certificate = await generateCertificate();

/** Type 20, 12 octets, unfragmented: what a Finished looks like. OpenSSL does not look at a repeated one any closer. */
const FINISHED = Buffer.concat([Buffer.from('1400000c000300000000000c', 'hex'), Buffer.alloc(12)]);

function connect(peerRole: DtlsRole): Encounter {
  const encounter = new Encounter({
    context,
    peerRole,
    fingerprints: [certificate.fingerprint],
    certificate,
    srtpProfiles: 'SRTP_AES128_CM_SHA1_80',
    ciphers: 'ECDHE-ECDSA-AES128-GCM-SHA256',
  });
  expect(encounter.session.state).toBe('connected');
  return encounter;
}

/** Lets the peer send a record under the association's keys; returns the types of the records that answer it. */
function send(
  encounter: Encounter,
  peerRole: DtlsRole,
  type: number,
  sequenceNumber: number,
  body: Uint8Array,
) {
  const record = protectRecord(peerRole, encounter.peer.secrets(), { type, sequenceNumber, body });
  return encounter.answersTo(record).map(typeOf);
}

describe("what a client sends under the association's keys", () => {
  it('is answered by the last flight ten times when it is a Finished, and never ends the session', () => {
    const encounter = connect('client');
    let answered = 0;
    for (let count = 0; count < 40; count++) {
      if (send(encounter, 'client', HANDSHAKE, 100 + count, FINISHED).length > 0) answered++;
    }
    expect(answered).toBe(10);
    expect(encounter.session.state).toBe('connected');
    encounter.end();
  });

  it('is answered by ChangeCipherSpec and Finished when it is a Finished', () => {
    const encounter = connect('client');
    expect(send(encounter, 'client', HANDSHAKE, 100, FINISHED)).toEqual([CHANGE_CIPHER_SPEC, HANDSHAKE]);
    encounter.end();
  });

  it.each([0, 1, 1000])('does not end the session when it is %d octets of application data', (length) => {
    const encounter = connect('client');
    expect(send(encounter, 'client', APPLICATION_DATA, 100, new Uint8Array(length))).toEqual([]);
    expect(encounter.session.state).toBe('connected');
    encounter.end();
  });

  it('ends the session when it is a fatal alert, without an answer', () => {
    const encounter = connect('client');
    expect(send(encounter, 'client', ALERT, 100, Uint8Array.of(2, 40))).toEqual([]);
    expect(encounter.closed).toEqual([expect.stringMatching(/^dtls-failed: .*alert handshake failure$/)]);
    encounter.end();
  });

  it('ends the session when it is a handshake message out of place', () => {
    const encounter = connect('client');
    const keyUpdate = Buffer.from('180000000000000000000000', 'hex');
    expect(send(encounter, 'client', HANDSHAKE, 100, keyUpdate)).toEqual([ALERT]);
    expect(encounter.closed).toEqual(['dtls-failed: unexpected message']);
    encounter.end();
  });
});

describe("what a server sends under the association's keys", () => {
  it('is not answered when it is a Finished, and never ends the session', () => {
    const encounter = connect('server');
    for (let count = 0; count < 40; count++) {
      expect(send(encounter, 'server', HANDSHAKE, 100 + count, FINISHED)).toEqual([]);
    }
    expect(encounter.session.state).toBe('connected');
    encounter.end();
  });
});
