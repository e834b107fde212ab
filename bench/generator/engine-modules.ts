/**
 * What the generator takes from the engine: the C library's calls, and DTLS, which is OpenSSL behind both. ICE,
 * SRTP, RTP and SDP it has of its own.
 */
export { generateCertificate } from '@kraken/engine/internal/media/dtls/certificate';
export { DtlsContext } from '@kraken/engine/internal/media/dtls/context';
export { DtlsSession } from '@kraken/engine/internal/media/dtls/session';
export type { SrtpKeys } from '@kraken/engine/internal/media/dtls/srtp-profile';
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
} from '@kraken/engine/internal/media/udp/libc';
