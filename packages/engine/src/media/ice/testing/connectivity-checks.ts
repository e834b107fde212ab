/** Connectivity checks for tests, made with node:crypto and apart from the code under test; RFC 5769's vectors. */
import { createHmac } from 'node:crypto';
import { crc32 } from 'node:zlib';
import type { HmacSha1 } from '../message-integrity.js';

export const hmacSha1: HmacSha1 = (key, bytes, offset, length, output) => {
  output.set(
    createHmac('sha1', key)
      .update(bytes.subarray(offset, offset + length))
      .digest(),
  );
};

export interface Attribute {
  readonly type: number;
  readonly value: Uint8Array;
}

export interface MessageParts {
  /** Method and class; a Binding request when left out. */
  readonly type?: number;
  readonly transactionId?: Uint8Array;
  readonly attributes: readonly Attribute[];
  /** Null leaves MESSAGE-INTEGRITY out. */
  readonly password: string | null;
  /** Stand behind MESSAGE-INTEGRITY. */
  readonly trailing?: readonly Attribute[];
  readonly fingerprint?: boolean;
}

/** Counts up, so that every message is a transaction of its own. */
let transactions = 0;

export function nextTransactionId(): Uint8Array {
  const id = Buffer.alloc(12, 0x5a);
  id.writeUInt32BE(++transactions, 8);
  return new Uint8Array(id);
}

export function buildMessage(parts: MessageParts): Uint8Array {
  const header = Buffer.alloc(20);
  header.writeUInt16BE(parts.type ?? 0x0001, 0);
  header.writeUInt32BE(0x2112a442, 4);
  header.set(parts.transactionId ?? nextTransactionId(), 8);
  let message = Buffer.concat([header, ...parts.attributes.map(encode)]);
  if (parts.password !== null) {
    message.writeUInt16BE(message.length - 20 + 24, 2);
    const mac = createHmac('sha1', parts.password).update(message).digest();
    message = Buffer.concat([message, encode({ type: 0x0008, value: mac })]);
  }
  message = Buffer.concat([message, ...(parts.trailing ?? []).map(encode)]);
  if (parts.fingerprint ?? true) {
    message.writeUInt16BE(message.length - 20 + 8, 2);
    const value = Buffer.alloc(4);
    value.writeUInt32BE((crc32(message) ^ 0x5354554e) >>> 0);
    message = Buffer.concat([message, encode({ type: 0x8028, value })]);
  }
  message.writeUInt16BE(message.length - 20, 2);
  // No Buffer: its slice shares the bytes, and tests compare with what was before.
  return new Uint8Array(message);
}

function encode({ type, value }: Attribute): Uint8Array {
  const bytes = Buffer.alloc(4 + ((value.length + 3) & ~3));
  bytes.writeUInt16BE(type, 0);
  bytes.writeUInt16BE(value.length, 2);
  bytes.set(value, 4);
  return bytes;
}

export const username = (text: string): Attribute => ({ type: 0x0006, value: Buffer.from(text) });
export const useCandidate: Attribute = { type: 0x0025, value: Buffer.alloc(0) };
export const controlling: Attribute = { type: 0x802a, value: Buffer.alloc(8, 0x11) };
export const controlled: Attribute = { type: 0x8029, value: Buffer.alloc(8, 0x22) };
export const unknown = (type: number, length = 5): Attribute => ({ type, value: Buffer.alloc(length, 0x33) });
export function priority(value: number): Attribute {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return { type: 0x0024, value: bytes };
}

/** Whether the message has a MESSAGE-INTEGRITY that this password made, by node:crypto alone. */
export function hasIntegrity(message: Uint8Array, password: string): boolean {
  const bytes = Buffer.from(message);
  for (let position = 20; position + 4 <= bytes.length; ) {
    const length = bytes.readUInt16BE(position + 2);
    if (bytes.readUInt16BE(position) === 0x0008) {
      bytes.writeUInt16BE(position + 24 - 20, 2);
      const mac = createHmac('sha1', password).update(bytes.subarray(0, position)).digest();
      return mac.equals(bytes.subarray(position + 4, position + 24));
    }
    position += 4 + ((length + 3) & ~3);
  }
  return false;
}

const hex = (...lines: string[]): Uint8Array =>
  new Uint8Array(Buffer.from(lines.join('').replaceAll(' ', ''), 'hex'));

/** RFC 5769 section 2: what its three messages share. */
export const RFC5769 = {
  username: 'evtj:h6vY',
  password: 'VOkJxbRl1RmTxUk/WvJxBt',
  transactionId: hex('b7e7a701 bc34d686 fa87dfae'),
  port: 32853,
  ipv4: '192.0.2.1',
  ipv6: '2001:db8:1234:5678:11:2233:4455:6677',
  /** Section 2.1. */
  request: hex(
    '00010058 2112a442 b7e7a701 bc34d686 fa87dfae',
    '80220010 5354554e 20746573 7420636c 69656e74',
    '00240004 6e0001ff',
    '80290008 932ff9b1 51263b36',
    '00060009 6576746a 3a683676 59202020',
    '00080014 9aeaa70c bfd8cb56 781ef2b5 b2d3f249 c1b571a2',
    '80280004 e57a3bcf',
  ),
  /** Section 2.2. */
  ipv4Response: hex(
    '0101003c 2112a442 b7e7a701 bc34d686 fa87dfae',
    '8022000b 74657374 20766563 746f7220',
    '00200008 0001a147 e112a643',
    '00080014 2b91f599 fd9e90c3 8c7489f9 2af9ba53 f06be7d7',
    '80280004 c07d4c96',
  ),
  /** Section 2.3. */
  ipv6Response: hex(
    '01010048 2112a442 b7e7a701 bc34d686 fa87dfae',
    '8022000b 74657374 20766563 746f7220',
    '00200014 0002a147 0113a9fa a5d3f179 bc25f4b5 bed2b9d9',
    '00080014 a382954e 4be67bf1 1784c97c 8292c275 bfe3ed41',
    '80280004 c8fb0b4c',
  ),
} as const;
