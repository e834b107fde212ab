import { findRecordEnd, RECORD_HEADER_LENGTH } from '../record.js';

export interface RecordFields {
  readonly type: number;
  readonly epoch: number;
  readonly version?: number;
  readonly sequenceNumber?: number;
  readonly body: Uint8Array;
}

export function buildRecord({ type, epoch, version, sequenceNumber, body }: RecordFields): Uint8Array {
  const record = Buffer.alloc(RECORD_HEADER_LENGTH + body.length);
  record.writeUInt8(type, 0);
  record.writeUInt16BE(version ?? 0xfefd, 1);
  record.writeUInt16BE(epoch, 3);
  record.writeUIntBE(sequenceNumber ?? 0, 5, 6);
  record.writeUInt16BE(body.length, 11);
  record.set(body, RECORD_HEADER_LENGTH);
  return new Uint8Array(record);
}

/** Cuts a datagram of whole records. */
export function splitRecords(datagram: Uint8Array): Uint8Array[] {
  const records: Uint8Array[] = [];
  for (let start = 0; start < datagram.length; ) {
    const end = findRecordEnd(datagram, start, datagram.length);
    if (end < 0) throw new Error('the datagram ends within a record');
    records.push(datagram.slice(start, end));
    start = end;
  }
  return records;
}

export function typeOf(record: Uint8Array): number {
  return record[0] ?? -1;
}

export function epochOf(record: Uint8Array): number {
  return Buffer.from(record).readUInt16BE(3);
}

/** The handshake message type of a plaintext handshake record, or null. */
export function handshakeTypeOf(record: Uint8Array): number | null {
  return typeOf(record) === 22 && epochOf(record) === 0 ? (record[RECORD_HEADER_LENGTH] ?? null) : null;
}
