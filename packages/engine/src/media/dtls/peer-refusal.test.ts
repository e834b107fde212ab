import { describe, expect, it } from 'vitest';
import type { DtlsRole } from '../../contract/messages.js';
import { generateCertificate } from './certificate.js';
import { DtlsContext } from './context.js';
import { computeFingerprint } from './fingerprint.js';
import { Encounter, type EncounterOptions } from './testing/encounter.js';
import { epochOf, typeOf } from './testing/records.js';

const context = new DtlsContext(await generateCertificate());
const certificate = await generateCertificate();
const impostor = await generateCertificate();
const srtpProfiles = 'SRTP_AES128_CM_SHA1_80';

const ALERT = 21;
const HANDSHAKE_FAILURE = 40;
const BAD_CERTIFICATE = 42;
const PROTOCOL_VERSION = 70;

type Peer = Pick<EncounterOptions, 'certificate' | 'srtpProfiles' | 'ciphers' | 'version'>;

function meet(peerRole: DtlsRole, peer: Peer, fingerprints = [certificate.fingerprint]): Encounter {
  return new Encounter({ context, peerRole, fingerprints, ...peer });
}

function refused(peerRole: DtlsRole, peerOptions: Peer, fingerprints = [certificate.fingerprint]) {
  const encounter = meet(peerRole, peerOptions, fingerprints);
  const { session, peer, alerts, closed, connected } = encounter;
  expect(session.state).toBe('failed');
  expect(connected).toBe(0);
  expect(peer.finished).toBe(false);
  encounter.end();
  return { alerts, closed };
}

describe.each(['client', 'server'] as const)('a %s', (role) => {
  it('whose certificate has the announced fingerprint connects', () => {
    const encounter = meet(role, { certificate, srtpProfiles });
    expect(encounter.session.state).toBe('connected');
    expect(encounter.connected).toBe(1);
    expect(encounter.peer.finished).toBe(true);
    encounter.end();
  });

  it('whose certificate has one of several announced fingerprints connects', () => {
    const fingerprints = [
      impostor.fingerprint,
      { algorithm: 'md5', value: '00' },
      computeFingerprint(certificate.certificate, 'sha-512'),
    ];
    const encounter = meet(role, { certificate, srtpProfiles }, fingerprints);
    expect(encounter.session.state).toBe('connected');
    encounter.end();
  });

  it('with another certificate is refused by bad_certificate', () => {
    expect(refused(role, { certificate: impostor, srtpProfiles })).toEqual({
      alerts: [BAD_CERTIFICATE],
      closed: ["dtls-failed: the peer's certificate matches none of its fingerprints"],
    });
  });

  it('that announced no fingerprint of a known algorithm is refused', () => {
    const { alerts } = refused(role, { certificate, srtpProfiles }, []);
    expect(alerts).toEqual([BAD_CERTIFICATE]);
  });

  it('without use_srtp is refused', () => {
    expect(refused(role, { certificate })).toEqual({
      alerts: [HANDSHAKE_FAILURE],
      closed: ['dtls-failed: the peer did not negotiate use_srtp'],
    });
  });

  it('with no SRTP profile of ours is refused', () => {
    const { alerts } = refused(role, { certificate, srtpProfiles: 'SRTP_AEAD_AES_128_GCM' });
    expect(alerts).toEqual([HANDSHAKE_FAILURE]);
  });
});

describe('a client', () => {
  it('without a certificate is refused', () => {
    expect(refused('client', { srtpProfiles })).toEqual({
      alerts: [HANDSHAKE_FAILURE],
      closed: ['dtls-failed: peer did not return a certificate'],
    });
  });

  it('that speaks DTLS 1.0 only is refused', () => {
    const { alerts } = refused('client', {
      certificate,
      srtpProfiles,
      version: 0xfeff,
      ciphers: 'ALL:@SECLEVEL=0',
    });
    expect(alerts).toEqual([PROTOCOL_VERSION]);
  });

  it('that wants a cipher other than AES-GCM is refused', () => {
    const ciphers = 'ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-ECDSA-AES128-SHA256';
    const { alerts } = refused('client', { certificate, srtpProfiles, ciphers });
    expect(alerts).toEqual([HANDSHAKE_FAILURE]);
  });

  it('that wants to renegotiate is told no, and the session goes on', () => {
    const encounter = meet('client', { certificate, srtpProfiles });
    const answers = encounter.answersTo(encounter.peer.renegotiate());
    expect(answers.map((record) => [typeOf(record), epochOf(record)])).toEqual([[ALERT, 1]]);
    expect(encounter.session.state).toBe('connected');
    expect(encounter.connected).toBe(1);
    encounter.end();
  });
});

describe('a server', () => {
  it('that wants to renegotiate is not listened to', () => {
    const encounter = meet('server', { certificate, srtpProfiles });
    const helloRequest = encounter.peer.renegotiate();
    expect(helloRequest.length).toBeGreaterThan(0);
    expect(encounter.session.receive(helloRequest, 0, helloRequest.length)).toBe('dtls-late-handshake');
    expect(encounter.session.state).toBe('connected');
    encounter.end();
  });
});
