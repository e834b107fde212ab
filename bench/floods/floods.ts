/** What strangers send, and what becomes of it. */
import { randomBytes } from 'node:crypto';

const MAGIC_COOKIE = 0x2112_a442;
const BINDING_REQUEST = 0x0001;
const USERNAME = 0x0006;
const MESSAGE_INTEGRITY = 0x0008;
const PRIORITY = 0x0024;
/** Comprehension-optional, so that whoever does not know it passes over it (RFC 8489 section 5). */
const FILLING = 0x8033;
const STUN_HEADER_LENGTH = 20;
/** As a voice packet has it on the wire, and as much as fits a datagram. */
const SHORT = 130;
const LONG = 1400;

export interface Flood {
  readonly name: string;
  /** Whether it comes from a participant's address, which is forged; else from where nobody is. */
  readonly fromParticipant: boolean;
  /** What the engine counts the packets as. */
  readonly reason: string;
  /** @param username that a participant's connectivity checks have, RFC 8445 section 7.2.2 */
  readonly make: (username: string) => Buffer;
}

export const FLOODS: readonly Flood[] = [
  { name: 'junk', fromParticipant: false, reason: 'unknown-source', make: () => starting([0xff], SHORT) },
  {
    name: 'RTP',
    fromParticipant: false,
    reason: 'unknown-source',
    make: () => starting([0x80, 111], SHORT),
  },
  {
    name: 'DTLS',
    fromParticipant: false,
    reason: 'unknown-source',
    make: () => starting([22, 0xfe, 0xfd, 0, 0], SHORT),
  },
  {
    name: 'STUN for nobody',
    fromParticipant: false,
    reason: 'ice-unknown-ufrag',
    make: () => stun('nobodyxx:atall', SHORT),
  },
  {
    name: 'STUN for nobody, long',
    fromParticipant: false,
    reason: 'ice-unknown-ufrag',
    make: () => stun(`${'n'.repeat(256)}:atall`, LONG),
  },
  {
    name: 'STUN for a participant, wrong password',
    fromParticipant: false,
    reason: 'ice-wrong-integrity',
    make: (username) => stun(username, SHORT),
  },
  {
    name: 'RTP under wrong keys',
    fromParticipant: true,
    reason: 'srtp-authentication-failed',
    make: () => starting([0x80, 111], SHORT),
  },
  {
    name: 'RTCP under wrong keys',
    fromParticipant: true,
    reason: 'srtp-authentication-failed',
    make: () => starting([0x80, 201], SHORT),
  },
  {
    name: 'DTLS under wrong keys',
    fromParticipant: true,
    reason: 'dtls-too-frequent',
    make: () => starting([21, 0xfe, 0xfd, 0, 1, 0, 1, 0, 0, 0, 0, 0, SHORT - 13], SHORT),
  },
];

/** Random octets behind the first ones. */
function starting(first: readonly number[], length: number): Buffer {
  const bytes = randomBytes(length);
  bytes.set(first);
  return bytes;
}

/** A Binding request as a connectivity check is one, but for MESSAGE-INTEGRITY, which is random. */
function stun(username: string, length: number): Buffer {
  const priority = Buffer.alloc(4, 0x6e);
  const known = [attribute(USERNAME, Buffer.from(username)), attribute(PRIORITY, priority)];
  const integrity = attribute(MESSAGE_INTEGRITY, randomBytes(20));
  const used = Buffer.concat([...known, integrity]).length + STUN_HEADER_LENGTH;
  const filling = attribute(FILLING, Buffer.alloc(Math.max(0, (length - used - 4) & ~3)));
  const body = Buffer.concat([...known, filling, integrity]);
  const header = Buffer.alloc(STUN_HEADER_LENGTH);
  header.writeUInt16BE(BINDING_REQUEST, 0);
  header.writeUInt16BE(body.length, 2);
  header.writeUInt32BE(MAGIC_COOKIE, 4);
  randomBytes(12).copy(header, 8);
  return Buffer.concat([header, body]);
}

function attribute(type: number, value: Buffer): Buffer {
  const bytes = Buffer.alloc(4 + ((value.length + 3) & ~3));
  bytes.writeUInt16BE(type, 0);
  bytes.writeUInt16BE(value.length, 2);
  value.copy(bytes, 4);
  return bytes;
}
