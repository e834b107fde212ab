import { createCipheriv, createHmac } from 'node:crypto';
import type { DtlsRole } from '../../../contract/messages.js';
import type { AssociationSecrets } from '../record-keys.js';
import { buildRecord, type RecordFields } from './records.js';

const KEY_LENGTH = 16;
const IMPLICIT_NONCE_LENGTH = 4;

/** P_SHA256 of RFC 5246 section 5. */
function expand(secret: Uint8Array, seed: Uint8Array, length: number): Buffer {
  const blocks: Buffer[] = [];
  let chained = seed;
  for (let produced = 0; produced < length; produced += 32) {
    chained = createHmac('sha256', secret).update(chained).digest();
    blocks.push(createHmac('sha256', secret).update(chained).update(seed).digest());
  }
  return Buffer.concat(blocks).subarray(0, length);
}

/**
 * Protects a record of epoch 1 under TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256: RFC 5246 section 6.3, RFC 5288 section 3.
 * OpenSSL itself writes only part of what a peer may send.
 */
export function protectRecord(
  sender: DtlsRole,
  { masterSecret, clientRandom, serverRandom }: AssociationSecrets,
  { type, sequenceNumber, body }: Required<Pick<RecordFields, 'type' | 'sequenceNumber' | 'body'>>,
): Uint8Array {
  const seed = Buffer.concat([Buffer.from('key expansion'), serverRandom, clientRandom]);
  const keyBlock = expand(masterSecret, seed, 2 * (KEY_LENGTH + IMPLICIT_NONCE_LENGTH));
  const side = sender === 'client' ? 0 : 1;
  const key = keyBlock.subarray(side * KEY_LENGTH, (side + 1) * KEY_LENGTH);
  const nonces = keyBlock.subarray(2 * KEY_LENGTH);
  const implicitNonce = nonces.subarray(side * IMPLICIT_NONCE_LENGTH, (side + 1) * IMPLICIT_NONCE_LENGTH);

  const plaintext = buildRecord({ type, epoch: 1, sequenceNumber, body });
  const explicitNonce = plaintext.subarray(3, 11);
  const cipher = createCipheriv('aes-128-gcm', key, Buffer.concat([implicitNonce, explicitNonce]));
  cipher.setAAD(Buffer.concat([explicitNonce, plaintext.subarray(0, 3), plaintext.subarray(11, 13)]));
  const ciphertext = Buffer.concat([cipher.update(body), cipher.final()]);
  const protectedBody = Buffer.concat([explicitNonce, ciphertext, cipher.getAuthTag()]);
  return buildRecord({ type, epoch: 1, sequenceNumber, body: protectedBody });
}
