import { X509Certificate } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { generateCertificate } from './certificate.js';
import { computeFingerprint, isFingerprintAlgorithm, matchesFingerprint } from './fingerprint.js';

const { certificate } = await generateCertificate();
const x509 = new X509Certificate(certificate);

describe('computeFingerprint', () => {
  it("writes upper-case octets parted by colons, as node's own X.509 reader does", () => {
    expect(computeFingerprint(certificate)).toEqual({ algorithm: 'sha-256', value: x509.fingerprint256 });
    expect(computeFingerprint(certificate, 'SHA-512')).toEqual({
      algorithm: 'sha-512',
      value: x509.fingerprint512,
    });
    expect(computeFingerprint(certificate, 'sha-384').value).toMatch(/^([0-9A-F]{2}:){47}[0-9A-F]{2}$/);
  });

  it('throws for an algorithm that is not used for fingerprints', () => {
    expect(() => computeFingerprint(certificate, 'sha-1')).toThrow('no fingerprints are made with sha-1');
  });
});

describe('isFingerprintAlgorithm', () => {
  it('knows SHA-256, SHA-384 and SHA-512 in any case, and nothing weaker', () => {
    for (const algorithm of ['sha-256', 'SHA-384', 'Sha-512'])
      expect(isFingerprintAlgorithm(algorithm)).toBe(true);
    for (const algorithm of ['sha-1', 'SHA-1', 'md5', 'md2', 'sha-224', 'sha256', '', 'constructor']) {
      expect(isFingerprintAlgorithm(algorithm)).toBe(false);
    }
  });
});

describe('matchesFingerprint', () => {
  it('takes algorithm and octets in any case', () => {
    const value = x509.fingerprint256;
    expect(matchesFingerprint(certificate, [{ algorithm: 'SHA-256', value: value.toLowerCase() }])).toBe(
      true,
    );
    expect(matchesFingerprint(certificate, [{ algorithm: 'sha-256', value }])).toBe(true);
  });

  it('takes one that matches among others that do not', () => {
    const others = [
      {
        algorithm: 'sha-256',
        value: x509.fingerprint256.replace(/^../, (octet) => (octet === '00' ? '01' : '00')),
      },
      { algorithm: 'sha-1', value: 'AA:BB' },
    ];
    expect(matchesFingerprint(certificate, others)).toBe(false);
    expect(matchesFingerprint(certificate, [...others, computeFingerprint(certificate, 'sha-384')])).toBe(
      true,
    );
  });

  it('refuses SHA-1 even where it is right', () => {
    expect(matchesFingerprint(certificate, [{ algorithm: 'sha-1', value: x509.fingerprint }])).toBe(false);
  });

  it('refuses none at all, and a part of the right one', () => {
    expect(matchesFingerprint(certificate, [])).toBe(false);
    for (const value of ['', x509.fingerprint256.slice(0, -3), `${x509.fingerprint256}:00`]) {
      expect(matchesFingerprint(certificate, [{ algorithm: 'sha-256', value }])).toBe(false);
    }
  });

  it('neither throws nor matches, whatever the peer announces', () => {
    fc.assert(
      fc.property(fc.array(fc.record({ algorithm: fc.string(), value: fc.string() })), (fingerprints) => {
        expect(matchesFingerprint(certificate, fingerprints)).toBe(false);
      }),
    );
  });
});
