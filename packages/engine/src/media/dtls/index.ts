export { type GeneratedCertificate, generateCertificate } from './certificate.js';
export { type DtlsCertificate, DtlsContext, type DtlsContextOptions } from './context.js';
export { DTLS_DROP_REASONS, type DtlsDropReason } from './drop-reason.js';
export { computeFingerprint, isFingerprintAlgorithm, matchesFingerprint } from './fingerprint.js';
export {
  type DtlsAssociation,
  DtlsSession,
  type DtlsSessionOptions,
  type DtlsState,
  type OpenDtls,
} from './session.js';
export { SRTP_AES128_CM_HMAC_SHA1_80, type SrtpKeys, type SrtpMasterKey } from './srtp-profile.js';
