/** ICE-lite over STUN: sans-IO, HMAC-SHA1 injected. Everything that the worker and the control plane need of it. */
export {
  type CheckAccepted,
  type CheckResult,
  CONSENT_TIMEOUT,
  ICE_DROP_REASONS,
  type IceDropReason,
  IceLiteAgent,
  NO_TUPLE,
} from './ice-agent.js';
export { generateIceCredentials } from './ice-credentials.js';
export type { MappedAddress } from './mapped-address.js';
export type { HmacSha1 } from './message-integrity.js';
export {
  parseStunMessage,
  readLocalUfrag,
  STUN_DROP_REASONS,
  type StunDropReason,
  StunMessage,
} from './stun-message.js';
export { MAX_RESPONSE_LENGTH, type StunErrorCode } from './stun-writer.js';
export { MAX_TUPLES, type Tuple } from './validated-tuples.js';
