import type { DtlsDropReason } from './drop-reason.js';

/**
 * DTLS records, RFC 6347 section 4.1, as far as they can be judged without keys.
 *
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +---------------+-------------------------------+---------------+
 * | content type  | version (1.2: 0xfefd)         | epoch         |
 * +---------------+-------------------------------+---------------+
 * | epoch         | sequence number (48 bits)                     |
 * +---------------+-----------------------------------------------+
 * | sequence number                               | length        |
 * +---------------+-------------------------------+---------------+
 * | length        | body, `length` octets; from epoch 1 on encrypted:
 * +---------------+   explicit nonce (8), ciphertext, tag (16)
 *
 * A datagram holds one record or several, one behind the other.
 */
export const RECORD_HEADER_LENGTH = 13;

/** What an IPv6 path with its tunnels carries everywhere, and what WebRTC stacks use. */
export const MAXIMUM_DATAGRAM_LENGTH = 1200;

const VERSION_OFFSET = 1;
const EPOCH_OFFSET = 3;
const SEQUENCE_NUMBER_OFFSET = 5;
const LENGTH_OFFSET = 11;

/** Content types, RFC 5246 section 6.2.1. */
export const CHANGE_CIPHER_SPEC = 20;
export const ALERT = 21;
export const HANDSHAKE = 22;
const APPLICATION_DATA = 23;

const DTLS_1_0 = 0xfeff;
const DTLS_1_2 = 0xfefd;

/** 2^14 octets of content, and 2048 that encryption may add: RFC 5246 section 6.2.3. */
const MAXIMUM_BODY_LENGTH = 16384 + 2048;
/** AES-GCM's explicit nonce and tag: RFC 5288 section 3. */
const AES_GCM_OVERHEAD = 8 + 16;

/** Drawn at isClientHello. */
export const HANDSHAKE_HEADER_LENGTH = 12;
/** Types of handshake messages, RFC 5246 section 7.4. */
export const CLIENT_HELLO = 1;
export const FINISHED = 20;
/** Ours is bound by OpenSSL as well; the largest seen, with post-quantum key shares, has under 2,000 octets. */
const MAXIMUM_CLIENT_HELLO_LENGTH = 16384;

/** Levels of alerts, RFC 5246 section 7.2. */
export const ALERT_LEVEL_WARNING = 1;
export const ALERT_LEVEL_FATAL = 2;

/** Alert descriptions, RFC 5246 section 7.2. */
export const ALERT_CLOSE_NOTIFY = 0;
export const ALERT_UNEXPECTED_MESSAGE = 10;
export const ALERT_HANDSHAKE_FAILURE = 40;
export const ALERT_BAD_CERTIFICATE = 42;
export const ALERT_NO_RENEGOTIATION = 100;

/** How far the association is, seen from the records that may come. */
export type RecordPhase = 'before-client-hello' | 'handshake' | 'connected';

/**
 * Finds where the record that begins at `offset` ends.
 * @param end where the datagram ends.
 * @returns the offset behind the record, or -1 when the datagram does not hold all of it.
 */
export function findRecordEnd(bytes: Uint8Array, offset: number, end: number): number {
  if (end - offset < RECORD_HEADER_LENGTH) return -1;
  const recordEnd = offset + RECORD_HEADER_LENGTH + readUint16(bytes, offset + LENGTH_OFFSET);
  return recordEnd <= end ? recordEnd : -1;
}

/**
 * Judges one whole record before OpenSSL sees it. OpenSSL drops forged records silently, but not all of them: an
 * unauthenticated record of epoch 1 that is too short to be decrypted, or a plaintext alert, ends its connection.
 * @param end where the record ends, as `findRecordEnd` gave it.
 * @returns why it has to be dropped, or null when OpenSSL may have it.
 */
export function judgeRecord(
  bytes: Uint8Array,
  offset: number,
  end: number,
  phase: RecordPhase,
): DtlsDropReason | null {
  if (!isRecord(bytes, offset)) return 'dtls-not-a-record';
  const epoch = readUint16(bytes, offset + EPOCH_OFFSET);
  if (phase === 'before-client-hello') {
    return epoch === 0 && isClientHello(bytes, offset, end) ? null : 'dtls-not-a-client-hello';
  }
  // Given to OpenSSL, an empty one, which is legal, would end its connection.
  if (bytes[offset] === APPLICATION_DATA) return 'dtls-application-data';
  if (epoch === 1) {
    return end - offset - RECORD_HEADER_LENGTH < AES_GCM_OVERHEAD ? 'dtls-short-ciphertext' : null;
  }
  // Without renegotiation epoch 1 is the last. Epoch 0 ends with the handshake: what follows in plaintext is either
  // forged or a stale part of a flight that the peer sends again, whose encrypted Finished is enough to answer it.
  return epoch === 0 && phase === 'handshake' ? null : 'dtls-wrong-epoch';
}

function isRecord(bytes: Uint8Array, offset: number): boolean {
  const type = bytes[offset] ?? 0;
  const version = readUint16(bytes, offset + VERSION_OFFSET);
  const length = readUint16(bytes, offset + LENGTH_OFFSET);
  return (
    type >= CHANGE_CIPHER_SPEC &&
    type <= APPLICATION_DATA &&
    (version === DTLS_1_2 || version === DTLS_1_0) &&
    length > 0 &&
    length <= MAXIMUM_BODY_LENGTH
  );
}

/**
 * Whether the record is a ClientHello or a fragment of one and nothing else, RFC 6347 section 4.2.2:
 *
 * +---------------+-----------------------------------------------+
 * | type (1)      | length (24 bits)                              |
 * +---------------+---------------+-------------------------------+
 * | message sequence (16 bits)    | fragment offset (24 bits)     |
 * +---------------+---------------+-------------------------------+
 * | fragm. offset | fragment length (24 bits)                     |
 * +---------------+-----------------------------------------------+
 */
function isClientHello(bytes: Uint8Array, offset: number, end: number): boolean {
  const handshake = offset + RECORD_HEADER_LENGTH;
  if (bytes[offset] !== HANDSHAKE || end - handshake < HANDSHAKE_HEADER_LENGTH) return false;
  const length = readUint24(bytes, handshake + 1);
  const fragmentOffset = readUint24(bytes, handshake + 6);
  const fragmentLength = readUint24(bytes, handshake + 9);
  return (
    bytes[handshake] === CLIENT_HELLO &&
    length <= MAXIMUM_CLIENT_HELLO_LENGTH &&
    fragmentOffset + fragmentLength <= length &&
    handshake + HANDSHAKE_HEADER_LENGTH + fragmentLength === end
  );
}

/** Whether the record's content type is handshake; it stays readable when the record is encrypted. */
export function isHandshakeRecord(bytes: Uint8Array, offset: number): boolean {
  return bytes[offset] === HANDSHAKE;
}

/**
 * Finds how many of the records in `bytes` make up the next datagram: as many as fit, at least one. OpenSSL writes
 * into a stream, which keeps no datagram borders.
 * @param offset where a record begins.
 * @param end where the last record ends.
 * @returns where the datagram ends.
 */
export function findDatagramEnd(bytes: Uint8Array, offset: number, end: number): number {
  let datagramEnd = offset;
  while (datagramEnd < end) {
    const recordEnd = findRecordEnd(bytes, datagramEnd, end);
    if (recordEnd < 0) throw new Error('OpenSSL wrote an incomplete DTLS record');
    if (recordEnd - offset > MAXIMUM_DATAGRAM_LENGTH && datagramEnd > offset) break;
    datagramEnd = recordEnd;
  }
  return datagramEnd;
}

/**
 * The sequence number that follows those of the plaintext records in `bytes`.
 * @param bytes whole records, one behind the other.
 * @param next what is returned when none of them is in plaintext.
 */
export function nextPlaintextSequenceNumber(bytes: Uint8Array, next: number): number {
  let following = next;
  for (let offset = 0; offset < bytes.length; ) {
    const recordEnd = findRecordEnd(bytes, offset, bytes.length);
    if (recordEnd < 0) break;
    if (readUint16(bytes, offset + EPOCH_OFFSET) === 0) {
      following = Math.max(following, readSequenceNumber(bytes, offset) + 1);
    }
    offset = recordEnd;
  }
  return following;
}

/**
 * The last record of epoch 1 in `bytes`.
 * @param bytes whole records, one behind the other.
 * @returns a copy, or null when none of them is encrypted.
 */
export function lastEncryptedRecord(bytes: Uint8Array): Uint8Array | null {
  let last: Uint8Array | null = null;
  for (let offset = 0; offset < bytes.length; ) {
    const recordEnd = findRecordEnd(bytes, offset, bytes.length);
    if (recordEnd < 0) break;
    if (isEncrypted(bytes, offset)) last = bytes.slice(offset, recordEnd);
    offset = recordEnd;
  }
  return last;
}

/** Whether the record is of epoch 1, the only one in which there is encryption. */
export function isEncrypted(bytes: Uint8Array, offset: number): boolean {
  return readUint16(bytes, offset + EPOCH_OFFSET) === 1;
}

export function readSequenceNumber(bytes: Uint8Array, offset: number): number {
  return readUint48(bytes, offset + SEQUENCE_NUMBER_OFFSET);
}

/**
 * Writes a fatal alert of epoch 0, RFC 5246 section 7.2.
 * @param description what went wrong, an `ALERT_…` constant.
 */
export function writeFatalAlert(description: number, sequenceNumber: number): Uint8Array {
  return writePlaintextRecord(ALERT, sequenceNumber, Uint8Array.of(ALERT_LEVEL_FATAL, description));
}

/** Writes a record of epoch 0. */
export function writePlaintextRecord(type: number, sequenceNumber: number, body: Uint8Array): Uint8Array {
  const record = new Uint8Array(RECORD_HEADER_LENGTH + body.length);
  const view = new DataView(record.buffer);
  view.setUint8(0, type);
  view.setUint16(VERSION_OFFSET, DTLS_1_2);
  view.setUint16(EPOCH_OFFSET, 0);
  view.setUint16(SEQUENCE_NUMBER_OFFSET, Math.floor(sequenceNumber / 2 ** 32));
  view.setUint32(SEQUENCE_NUMBER_OFFSET + 2, sequenceNumber % 2 ** 32);
  view.setUint16(LENGTH_OFFSET, body.length);
  record.set(body, RECORD_HEADER_LENGTH);
  return record;
}

function readUint16(bytes: Uint8Array, offset: number): number {
  return ((bytes[offset] ?? 0) << 8) | (bytes[offset + 1] ?? 0);
}

function readUint24(bytes: Uint8Array, offset: number): number {
  return ((bytes[offset] ?? 0) << 16) | readUint16(bytes, offset + 1);
}

function readUint48(bytes: Uint8Array, offset: number): number {
  return readUint24(bytes, offset) * 2 ** 24 + readUint24(bytes, offset + 3);
}
