import { createCipheriv, createDecipheriv } from 'node:crypto';
import type { RecordKey, RecordKeys } from './record-keys.js';

/**
 * A record of epoch 1 under AES-GCM: RFC 6347 section 4.1, RFC 5246 section 6.2.3.3, RFC 5288 section 3.
 *
 * +--------+---------+-----------------------------+--------+-----------------+------------+----------+
 * | type   | version | epoch (2), sequence number (6) | length | explicit nonce  | ciphertext | tag      |
 * | (1)    | (2)     |                             | (2)    | (8)             |            | (16)     |
 * +--------+---------+-----------------------------+--------+-----------------+------------+----------+
 *
 * The nonce is the direction's salt and the explicit nonce; authenticated are epoch and sequence number, type, version
 * and the length of the plaintext.
 */
const VERSION = 0xfefd;
const EPOCH = 1;
const EPOCH_OFFSET = 3;
const SEQUENCE_NUMBER_OFFSET = 5;
const SEQUENCE_NUMBER_LENGTH = 6;
const LENGTH_OFFSET = 11;
const HEADER_LENGTH = 13;
const EXPLICIT_NONCE_LENGTH = 8;
const TAG_LENGTH = 16;

/**
 * Seals and opens the records of one association that OpenSSL has set up and that goes on without it. Numbers are never
 * used twice: sequence numbers and explicit nonces go on where OpenSSL's ended.
 */
export class RecordCipher {
  readonly #keys: RecordKeys;
  #nextSequenceNumber: number;
  #nextExplicitNonce: bigint;
  /** Of the authentic record with the highest one so far. */
  #highestSequenceNumber: number;

  /**
   * @param keys of the association; the cipher owns and in the end wipes them
   * @param last the record of epoch 1 that OpenSSL wrote last
   * @param highestSequenceNumber of the peer's records that OpenSSL has taken, as far as it is known, or -1
   * @throws Error when the keys are not those of that record
   */
  constructor(keys: RecordKeys, last: Uint8Array, highestSequenceNumber: number) {
    const record = asBuffer(last, 0, last.length);
    this.#keys = keys;
    this.#nextSequenceNumber = record.readUIntBE(SEQUENCE_NUMBER_OFFSET, SEQUENCE_NUMBER_LENGTH) + 1;
    this.#nextExplicitNonce = BigInt.asUintN(64, record.readBigUInt64BE(HEADER_LENGTH) + 1n);
    this.#highestSequenceNumber = highestSequenceNumber;
    this.openOwn(last);
  }

  /** @returns the whole record */
  seal(type: number, body: Uint8Array): Uint8Array {
    const { cipher: algorithm, local } = this.#keys;
    const length = EXPLICIT_NONCE_LENGTH + body.length + TAG_LENGTH;
    const record = Buffer.alloc(HEADER_LENGTH + length);
    record.writeUInt8(type, 0);
    record.writeUInt16BE(VERSION, 1);
    record.writeUInt16BE(EPOCH, EPOCH_OFFSET);
    record.writeUIntBE(this.#nextSequenceNumber++, SEQUENCE_NUMBER_OFFSET, SEQUENCE_NUMBER_LENGTH);
    record.writeUInt16BE(length, LENGTH_OFFSET);
    record.writeBigUInt64BE(this.#nextExplicitNonce, HEADER_LENGTH);
    this.#nextExplicitNonce = BigInt.asUintN(64, this.#nextExplicitNonce + 1n);
    const cipher = createCipheriv(algorithm, local.key, nonceOf(local, record), {
      authTagLength: TAG_LENGTH,
    });
    cipher.setAAD(additionalData(record, body.length));
    const ciphertext = Buffer.concat([cipher.update(body), cipher.final(), cipher.getAuthTag()]);
    record.set(ciphertext, HEADER_LENGTH + EXPLICIT_NONCE_LENGTH);
    return record;
  }

  /**
   * Opens a record of the peer. Behind the handshake few come, so those that come out of order are given up, and
   * one number replaces the window of RFC 6347 section 4.1.2.6.
   *
   * @param bytes with a record of epoch 1 that has room for nonce and tag
   * @returns its plaintext, or why it has to be dropped
   */
  open(
    bytes: Uint8Array,
    start: number,
    end: number,
  ): Uint8Array | 'dtls-replayed' | 'dtls-authentication-failed' {
    const record = asBuffer(bytes, start, end);
    const sequenceNumber = record.readUIntBE(SEQUENCE_NUMBER_OFFSET, SEQUENCE_NUMBER_LENGTH);
    if (sequenceNumber <= this.#highestSequenceNumber) return 'dtls-replayed';
    const plaintext = this.#decrypt(this.#keys.remote, record);
    if (plaintext === null) return 'dtls-authentication-failed';
    this.#highestSequenceNumber = sequenceNumber;
    return plaintext;
  }

  /**
   * @returns the plaintext of a record that we ourselves have sent
   * @throws Error when it is not of this association
   */
  openOwn(record: Uint8Array): Uint8Array {
    const plaintext = this.#decrypt(this.#keys.local, asBuffer(record, 0, record.length));
    if (plaintext === null) throw new Error('DTLS: the derived keys are wrong');
    return plaintext;
  }

  /** The cipher must not be used again. */
  wipe(): void {
    for (const { key, salt } of [this.#keys.local, this.#keys.remote]) {
      key.fill(0);
      salt.fill(0);
    }
  }

  #decrypt(key: RecordKey, record: Buffer): Uint8Array | null {
    const ciphertext = record.subarray(HEADER_LENGTH + EXPLICIT_NONCE_LENGTH, -TAG_LENGTH);
    const decipher = createDecipheriv(this.#keys.cipher, key.key, nonceOf(key, record), {
      authTagLength: TAG_LENGTH,
    });
    decipher.setAAD(additionalData(record, ciphertext.length));
    decipher.setAuthTag(record.subarray(-TAG_LENGTH));
    const plaintext = decipher.update(ciphertext);
    try {
      decipher.final();
      return plaintext;
    } catch {
      return null;
    }
  }
}

function asBuffer(bytes: Uint8Array, start: number, end: number): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start);
}

function nonceOf({ salt }: RecordKey, record: Buffer): Buffer {
  return Buffer.concat([salt, record.subarray(HEADER_LENGTH, HEADER_LENGTH + EXPLICIT_NONCE_LENGTH)]);
}

function additionalData(record: Buffer, plaintextLength: number): Buffer {
  const data = Buffer.alloc(HEADER_LENGTH);
  record.copy(data, 0, EPOCH_OFFSET, LENGTH_OFFSET);
  record.copy(data, LENGTH_OFFSET - EPOCH_OFFSET, 0, EPOCH_OFFSET);
  data.writeUInt16BE(plaintextLength, LENGTH_OFFSET);
  return data;
}
