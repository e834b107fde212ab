import { createCipheriv, createHmac } from 'node:crypto';
import { RTCP_LABELS, RTP_LABELS, TAG_LENGTH } from '../layout.js';
import type { MasterKey } from '../master-key.js';

/** SRTP by node:crypto, written after RFC 3711 and independent of the kernel. */
export interface SessionKeys {
  readonly cipherKey: Buffer;
  readonly authenticationKey: Buffer;
  readonly salt: Buffer;
}

const ENCRYPTED = 0x8000_0000;

/** AES in counter mode: encrypts, or decrypts what is encrypted. */
export function counterMode(key: Uint8Array, counterBlock: Uint8Array, text: Uint8Array): Buffer {
  return createCipheriv('aes-128-ctr', key, counterBlock).update(text);
}

/** RFC 3711, section 4.3, key derivation rate 0. */
export function deriveSessionKeys({ masterKey, masterSalt }: MasterKey, firstLabel: number): SessionKeys {
  const derive = (label: number, length: number): Buffer => {
    const block = Buffer.alloc(16);
    block.set(masterSalt);
    block[7] = (block[7] ?? 0) ^ label;
    return counterMode(masterKey, block, Buffer.alloc(length));
  };
  return {
    cipherKey: derive(firstLabel, 16),
    authenticationKey: derive(firstLabel + 1, 20),
    salt: derive(firstLabel + 2, 14),
  };
}

/** RFC 3711, section 4.1.1. The packet index is given as its upper 32 and lower 16 bits. */
function counterBlock(salt: Uint8Array, ssrc: number, indexHigh: number, indexLow: number): Buffer {
  const block = Buffer.alloc(16);
  block.writeUInt32BE(ssrc, 4);
  block.writeUInt32BE(indexHigh >>> 0, 8);
  block.writeUInt16BE(indexLow, 12);
  return Buffer.from(block.map((octet, i) => octet ^ (salt[i] ?? 0)));
}

function tagOf(key: Uint8Array, ...parts: readonly Uint8Array[]): Buffer {
  const hmac = createHmac('sha1', key);
  for (const part of parts) hmac.update(part);
  return hmac.digest().subarray(0, TAG_LENGTH);
}

/** Protects a RTP packet, RFC 3711, section 3.3. */
export function protectRtp(master: MasterKey, packet: Buffer, headerLength: number, roc: number): Buffer {
  return protectRtpWith(deriveSessionKeys(master, RTP_LABELS), packet, headerLength, roc);
}

/** The same with session keys. */
export function protectRtpWith(keys: SessionKeys, packet: Buffer, headerLength: number, roc: number): Buffer {
  const block = counterBlock(keys.salt, packet.readUInt32BE(8), roc, packet.readUInt16BE(2));
  const payload = counterMode(keys.cipherKey, block, packet.subarray(headerLength));
  const text = Buffer.concat([packet.subarray(0, headerLength), payload]);
  const rocOctets = Buffer.alloc(4);
  rocOctets.writeUInt32BE(roc >>> 0);
  return Buffer.concat([text, tagOf(keys.authenticationKey, text, rocOctets)]);
}

/** Protects a compound RTCP packet, RFC 3711, section 3.4; with `encrypted` false it is authenticated only. */
export function protectRtcp(master: MasterKey, packet: Buffer, index: number, encrypted = true): Buffer {
  const keys = deriveSessionKeys(master, RTCP_LABELS);
  const block = counterBlock(keys.salt, packet.readUInt32BE(4), index >>> 16, index & 0xffff);
  const body = encrypted ? counterMode(keys.cipherKey, block, packet.subarray(8)) : packet.subarray(8);
  const trailer = Buffer.alloc(4);
  trailer.writeUInt32BE(encrypted ? (index | ENCRYPTED) >>> 0 : index);
  const text = Buffer.concat([packet.subarray(0, 8), body, trailer]);
  return Buffer.concat([text, tagOf(keys.authenticationKey, text)]);
}
