/**
 * What the generator takes from the engine: the C library's calls, and DTLS, which is OpenSSL behind both. ICE,
 * SRTP, RTP and SDP it has of its own.
 */
export { generateCertificate } from '../../packages/engine/dist/media/dtls/certificate.js';
export { DtlsContext } from '../../packages/engine/dist/media/dtls/context.js';
export { DtlsSession } from '../../packages/engine/dist/media/dtls/session.js';
export type { SrtpKeys } from '../../packages/engine/dist/media/dtls/srtp-profile.js';
export {
  AF_INET,
  type LibC,
  loadLibC,
  MSG_DONTWAIT,
  SO_RCVBUF,
  SOCK_CLOEXEC,
  SOCK_DGRAM,
  SOCK_NONBLOCK,
  SOL_SOCKET,
} from '../../packages/engine/dist/media/udp/libc.js';
