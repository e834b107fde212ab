import { createPrivateKey, X509Certificate } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { generateCertificate } from './certificate.js';

const generated = await generateCertificate();
const x509 = new X509Certificate(generated.certificate);
const DAY = 24 * 60 * 60 * 1000;

describe('generateCertificate', () => {
  it('makes a self-signed ECDSA P-256 certificate and its key', () => {
    const key = createPrivateKey({ key: Buffer.from(generated.privateKey), format: 'der', type: 'pkcs8' });
    expect(x509.verify(x509.publicKey)).toBe(true);
    expect(x509.checkPrivateKey(key)).toBe(true);
    expect(x509.publicKey.asymmetricKeyDetails?.namedCurve).toBe('prime256v1');
    expect(x509.issuer).toBe(x509.subject);
  });

  it('gives its SHA-256 fingerprint', () => {
    expect(generated.fingerprint).toEqual({ algorithm: 'sha-256', value: x509.fingerprint256 });
  });

  it('is valid already for a clock that is behind, and for a year', () => {
    const now = Date.now();
    expect(Date.parse(x509.validFrom)).toBeLessThanOrEqual(now - DAY + 60_000);
    expect(Date.parse(x509.validFrom)).toBeGreaterThan(now - 2 * DAY);
    expect(Date.parse(x509.validTo)).toBeGreaterThan(now + 364 * DAY);
    expect(Date.parse(x509.validTo)).toBeLessThan(now + 366 * DAY);
  });

  it('says nothing about the machine, and has its own serial number and key each time', async () => {
    const other = new X509Certificate((await generateCertificate()).certificate);
    expect(x509.subject).toBe('CN=WebRTC');
    expect(x509.serialNumber).toMatch(/^[4-7][0-9A-F]{31}$/);
    expect(other.serialNumber).not.toBe(x509.serialNumber);
    expect(other.publicKey.equals(x509.publicKey)).toBe(false);
  });

  it('leaves no stand-in for metadata reflection behind', () => {
    expect('getMetadata' in Reflect).toBe(false);
    expect('getOwnMetadata' in Reflect).toBe(false);
  });
});
