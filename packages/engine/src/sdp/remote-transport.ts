import { RpcError } from '@kraken/protocol';
import type { Fingerprint } from '../contract/messages.js';
import { isIcePassword, isUfrag } from './grammar.js';
import type { FingerprintLine, ParsedMedia, Sections } from './sections.js';

/** Greatest number of fingerprints of one transport; browsers write one. */
export const MAX_FINGERPRINTS = 8;

/** Octets of the hash functions that the engine takes for a certificate; weaker ones are passed over. */
const FINGERPRINT_OCTETS: ReadonlyMap<string, number> = new Map([
  ['sha-256', 32],
  ['sha-384', 48],
  ['sha-512', 64],
]);
const HEX_OCTETS = /^[0-9A-F]{2}(?::[0-9A-F]{2})*$/;

/** Who opens the DTLS handshake, RFC 4145 section 4. */
export type Setup = 'actpass' | 'active' | 'passive';

/** What the peer says about the transport that all of its m-lines share. */
export interface RemoteTransport {
  readonly ufrag: string;
  readonly password: string;
  /** At least one. */
  readonly fingerprints: readonly Fingerprint[];
  readonly setup: Setup;
}

/**
 * Reads the transport attributes of one m-line, each from the m-line or else from the session.
 *
 * @param index which m-line
 * @throws RpcError INVALID_SDP that names what is missing or malformed
 */
export function parseRemoteTransport(sections: Sections, index: number): RemoteTransport {
  const { session } = sections;
  const media: Partial<ParsedMedia> = session.media[index] ?? {};
  const ufrag = String(media.iceUfrag ?? session.iceUfrag ?? '');
  const password = String(media.icePwd ?? session.icePwd ?? '');
  if (ufrag === '' || password === '') {
    throw new RpcError('INVALID_SDP', `m-line ${index} has no ICE credentials`);
  }
  if (!isUfrag(ufrag) || !isIcePassword(password)) {
    throw new RpcError('INVALID_SDP', `the ICE credentials of m-line ${index} break RFC 8839 section 5.4`);
  }
  if (session.icelite !== undefined) {
    throw new RpcError('INVALID_SDP', 'both sides are ice-lite: none would begin');
  }
  const own = sections.mediaFingerprints[index] ?? [];
  const lines = own.length > 0 ? own : sections.sessionFingerprints;
  return {
    ufrag,
    password,
    fingerprints: parseFingerprints(lines, index),
    setup: parseSetup(media.setup ?? session.setup, index),
  };
}

function parseFingerprints(lines: readonly FingerprintLine[], index: number): Fingerprint[] {
  if (lines.length === 0) {
    throw new RpcError('INVALID_SDP', `m-line ${index} has no fingerprint`);
  }
  if (lines.length > MAX_FINGERPRINTS) {
    throw new RpcError('INVALID_SDP', `m-line ${index} has more than ${MAX_FINGERPRINTS} fingerprints`);
  }
  const fingerprints = lines
    .map((line) => ({ algorithm: line.algorithm.toLowerCase(), value: line.value.toUpperCase() }))
    .filter((line) => FINGERPRINT_OCTETS.has(line.algorithm));
  if (fingerprints.length === 0) {
    throw new RpcError('INVALID_SDP', `no fingerprint of m-line ${index} is by SHA-256, SHA-384 or SHA-512`);
  }
  for (const { algorithm, value } of fingerprints) {
    const octets = (value.length + 1) / 3;
    if (octets !== FINGERPRINT_OCTETS.get(algorithm) || !HEX_OCTETS.test(value)) {
      throw new RpcError('INVALID_SDP', `the ${algorithm} fingerprint of m-line ${index} is malformed`);
    }
  }
  return fingerprints;
}

/** RFC 4145 section 4: without the attribute the writer is active. */
function parseSetup(value: unknown, index: number): Setup {
  switch (value) {
    case undefined:
      return 'active';
    case 'actpass':
    case 'active':
    case 'passive':
      return value;
    default:
      throw new RpcError('INVALID_SDP', `setup of m-line ${index} is none of actpass, active and passive`);
  }
}
