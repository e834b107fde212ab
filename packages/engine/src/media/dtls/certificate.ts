import { randomBytes, webcrypto } from 'node:crypto';
import type { Fingerprint } from '../../contract/messages.js';
import { computeFingerprint } from './fingerprint.js';

const DAY = 24 * 60 * 60 * 1000;
const SERIAL_NUMBER_LENGTH = 16;
const KEY_ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256' } as const;

export interface GeneratedCertificate {
  /** X.509, DER. */
  readonly certificate: Uint8Array;
  /** PKCS #8, DER. */
  readonly privateKey: Uint8Array;
  /** SHA-256, as it goes into the SDP. */
  readonly fingerprint: Fingerprint;
}

/**
 * Makes a self-signed certificate of a new ECDSA P-256 key, which every WebRTC endpoint takes (RFC 8827 section 6.5).
 * Nobody looks at what it says, peers compare its fingerprint; so it says nothing about the machine or the user.
 */
export async function generateCertificate(): Promise<GeneratedCertificate> {
  const { X509CertificateGenerator } = await importX509();
  const keys = await webcrypto.subtle.generateKey(KEY_ALGORITHM, true, ['sign', 'verify']);
  const now = Date.now();
  const generated = await X509CertificateGenerator.createSelfSigned({
    serialNumber: randomSerialNumber(),
    name: 'CN=WebRTC',
    // Clocks differ: a certificate that begins now would begin in the future for some peers.
    notBefore: new Date(now - DAY),
    notAfter: new Date(now + 365 * DAY),
    keys,
    signingAlgorithm: { name: 'ECDSA', hash: 'SHA-256' },
  });
  const certificate = new Uint8Array(generated.rawData);
  return {
    certificate,
    privateKey: new Uint8Array(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey)),
    fingerprint: computeFingerprint(certificate),
  };
}

/** Positive and of constant length, RFC 5280 section 4.1.2.2, in hexadecimal. */
function randomSerialNumber(): string {
  const serial = randomBytes(SERIAL_NUMBER_LENGTH);
  serial.writeUInt8((serial.readUInt8(0) & 0x7f) | 0x40, 0);
  return serial.toString('hex');
}

/**
 * Imports @peculiar/x509. While it loads, the injection container beneath it insists on two functions of a proposal
 * for metadata reflection, to look for annotations that this library does not use. Stand-ins that find none satisfy
 * it; they are taken away again lest they shadow a real implementation that some other library brings.
 */
async function importX509() {
  const standIns = ['getMetadata', 'getOwnMetadata'].filter((name) => !(name in Reflect));
  for (const name of standIns) {
    Object.defineProperty(Reflect, name, { value: () => undefined, configurable: true });
  }
  try {
    return await import('@peculiar/x509');
  } finally {
    for (const name of standIns) Reflect.deleteProperty(Reflect, name);
  }
}
