import type { DtlsRole } from '../../contract/messages.js';

/** SRTP_AES128_CM_HMAC_SHA1_80, the profile that every WebRTC endpoint has: RFC 5764 section 4.1.2, RFC 8827 section 6.5. */
export const SRTP_AES128_CM_HMAC_SHA1_80 = 0x0001;
/** OpenSSL's name of it. */
export const SRTP_PROFILE_NAME = 'SRTP_AES128_CM_SHA1_80';

export const MASTER_KEY_LENGTH = 16;
export const MASTER_SALT_LENGTH = 14;
export const KEYING_MATERIAL_LENGTH = 2 * (MASTER_KEY_LENGTH + MASTER_SALT_LENGTH);
/** RFC 5764 section 4.2; the exporter's context is absent. */
export const KEYING_MATERIAL_LABEL = 'EXTRACTOR-dtls_srtp';

/** What one direction's SRTP and SRTCP keys are derived from, RFC 3711 section 4.3. */
export interface SrtpMasterKey {
  /** 16 octets. */
  readonly masterKey: Uint8Array;
  /** 14 octets. */
  readonly masterSalt: Uint8Array;
}

export interface SrtpKeys {
  /** Protects what we send. */
  readonly local: SrtpMasterKey;
  /** Unprotects what the peer sends. */
  readonly remote: SrtpMasterKey;
}

/**
 * Cuts the exported keying material, RFC 5764 section 4.2:
 *
 * +-------------------+-------------------+--------------------+--------------------+
 * | client write key  | server write key  | client write salt  | server write salt  |
 * | (16 octets)       | (16)              | (14)               | (14)               |
 * +-------------------+-------------------+--------------------+--------------------+
 *
 * @param role the role that we ourselves play.
 * @returns copies: the material can be wiped afterwards.
 */
export function cutKeyingMaterial(material: Uint8Array, role: DtlsRole): SrtpKeys {
  if (material.length !== KEYING_MATERIAL_LENGTH) {
    throw new Error(`keying material has ${KEYING_MATERIAL_LENGTH} octets, not ${material.length}`);
  }
  const salts = 2 * MASTER_KEY_LENGTH;
  const client = {
    masterKey: material.slice(0, MASTER_KEY_LENGTH),
    masterSalt: material.slice(salts, salts + MASTER_SALT_LENGTH),
  };
  const server = {
    masterKey: material.slice(MASTER_KEY_LENGTH, salts),
    masterSalt: material.slice(salts + MASTER_SALT_LENGTH),
  };
  return role === 'client' ? { local: client, remote: server } : { local: server, remote: client };
}
