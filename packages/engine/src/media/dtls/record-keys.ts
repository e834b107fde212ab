import { createHmac } from 'node:crypto';
import type { DtlsRole } from '../../contract/messages.js';

/** What the keys of an association's records are derived from, RFC 5246 section 6.3. */
export interface AssociationSecrets {
  /** 48 octets. */
  readonly masterSecret: Uint8Array;
  /** 32 octets. */
  readonly clientRandom: Uint8Array;
  /** 32 octets. */
  readonly serverRandom: Uint8Array;
}

/** AES-GCM keys of one direction, RFC 5288 section 3. */
export interface RecordKey {
  /** 16 or 32 octets. */
  readonly key: Uint8Array;
  /** The part of the nonce that no record carries: 4 octets. */
  readonly salt: Uint8Array;
}

export interface RecordKeys {
  readonly cipher: 'aes-128-gcm' | 'aes-256-gcm';
  /** Protects what we send. */
  readonly local: RecordKey;
  /** Opens what the peer sends. */
  readonly remote: RecordKey;
}

interface CipherSuite {
  readonly cipher: RecordKeys['cipher'];
  readonly keyLength: number;
  /** Of the pseudo-random function. */
  readonly hash: 'sha256' | 'sha384';
}

const AES_128_GCM: CipherSuite = { cipher: 'aes-128-gcm', keyLength: 16, hash: 'sha256' };
const AES_256_GCM: CipherSuite = { cipher: 'aes-256-gcm', keyLength: 32, hash: 'sha384' };

/** Those that the context offers, by their number in RFC 5289 section 3.2. */
const CIPHER_SUITES = new Map([
  [0xc02b, AES_128_GCM],
  [0xc02f, AES_128_GCM],
  [0xc02c, AES_256_GCM],
  [0xc030, AES_256_GCM],
]);

const SALT_LENGTH = 4;

/**
 * Derives the keys of the records of epoch 1: client's key, server's key, client's salt, server's salt.
 *
 * @param cipherSuite its two octets as a number
 * @param role the role that we ourselves play
 * @throws Error when the context does not offer the cipher suite
 */
export function deriveRecordKeys(
  { masterSecret, clientRandom, serverRandom }: AssociationSecrets,
  cipherSuite: number,
  role: DtlsRole,
): RecordKeys {
  const suite = CIPHER_SUITES.get(cipherSuite);
  if (suite === undefined) throw new Error(`cipher suite 0x${cipherSuite.toString(16)} was never offered`);
  const { cipher, keyLength, hash } = suite;
  const seed = Buffer.concat([Buffer.from('key expansion'), serverRandom, clientRandom]);
  const block = expand(hash, masterSecret, seed, 2 * (keyLength + SALT_LENGTH));
  const salts = 2 * keyLength;
  const client = { key: block.slice(0, keyLength), salt: block.slice(salts, salts + SALT_LENGTH) };
  const server = { key: block.slice(keyLength, salts), salt: block.slice(salts + SALT_LENGTH) };
  block.fill(0);
  return role === 'client'
    ? { cipher, local: client, remote: server }
    : { cipher, local: server, remote: client };
}

/** P_hash, RFC 5246 section 5. @returns `length` octets, rounded up to none */
function expand(hash: CipherSuite['hash'], secret: Uint8Array, seed: Uint8Array, length: number): Uint8Array {
  const output = new Uint8Array(length);
  let chained: Uint8Array = seed;
  for (let produced = 0; produced < length; ) {
    chained = createHmac(hash, secret).update(chained).digest();
    const block = createHmac(hash, secret).update(chained).update(seed).digest();
    output.set(block.subarray(0, length - produced), produced);
    produced += block.length;
    block.fill(0);
  }
  return output;
}
