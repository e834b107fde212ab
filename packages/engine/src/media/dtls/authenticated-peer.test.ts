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

function connect(peerRole: DtlsRole, ciphers = 'ECDHE-ECDSA-AES128-GCM-SHA256'): Encounter {
  const encounter = new Encounter({
    context,
    peerRole,
    fingerprints: [certificate.fingerprint],
    certificate,
    srtpProfiles: 'SRTP_AES128_CM_SHA1_80',
    ciphers,
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

const roles: readonly DtlsRole[] = ['client', 'server'];

describe.each(['ECDHE-ECDSA-AES128-GCM-SHA256', 'ECDHE-ECDSA-AES256-GCM-SHA384'])('under %s', (ciphers) => {
  it.each(roles)('the goodbye of a %s is heard, and answered', (peerRole) => {
    const encounter = connect(peerRole, ciphers);
    const answers = encounter.answersTo(encounter.peer.close());
    expect(encounter.closed).toEqual(['dtls-closed: the peer sent close_notify']);
    expect(answers.map(typeOf)).toEqual([ALERT]);
    expect(encounter.peer.hasGotGoodbye).toBe(false);
    for (const answer of answers) encounter.peer.exchange(answer);
    expect(encounter.peer.hasGotGoodbye).toBe(true);
    encounter.end();
  });

  it.each(roles)('a %s hears ours', (peerRole) => {
    const encounter = connect(peerRole, ciphers);
    encounter.session.close();
    for (const record of encounter.answersTo(new Uint8Array(0))) encounter.peer.exchange(record);
    expect(encounter.peer.hasGotGoodbye).toBe(true);
    encounter.end();
  });
});

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

  it('is not taken twice, nor when it was changed on the way', () => {
    const encounter = connect('client');
    const body = Uint8Array.of(1, 0);
    const record = protectRecord('client', encounter.peer.secrets(), {
      type: ALERT,
      sequenceNumber: 100,
      body,
    });
    for (const place of [10, 20, 22, record.length - 1]) {
      const changed = record.slice();
      changed[place] = (changed[place] ?? 0) ^ 1;
      expect(encounter.session.receive(changed, 0, changed.length)).toBe('dtls-authentication-failed');
    }
    const finished = { type: HANDSHAKE, sequenceNumber: 200, body: FINISHED };
    const repeated = protectRecord('client', encounter.peer.secrets(), finished);
    expect(encounter.session.receive(repeated, 0, repeated.length)).toBeNull();
    expect(encounter.session.receive(repeated, 0, repeated.length)).toBe('dtls-replayed');
    expect(encounter.session.receive(record, 0, record.length)).toBe('dtls-replayed');
    expect(encounter.session.state).toBe('connected');
    encounter.end();
  });

  it('does not end the session when it is a warning', () => {
    const encounter = connect('client');
    for (let count = 0; count < 20; count++) {
      expect(send(encounter, 'client', ALERT, 100 + count, Uint8Array.of(1, 90))).toEqual([]);
    }
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
