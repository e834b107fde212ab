/**
 * What the generator takes from the engine: the C library's calls and their structures, and DTLS, which is OpenSSL
 * behind both. ICE, SRTP, RTP and SDP it has of its own.
 */
export { generateCertificate } from '@kraken/engine/internal/media/dtls/certificate';
export { DtlsContext } from '@kraken/engine/internal/media/dtls/context';
export { DtlsSession } from '@kraken/engine/internal/media/dtls/session';
export type { SrtpKeys } from '@kraken/engine/internal/media/dtls/srtp-profile';
export {
  MESSAGE_CONTROL,
  MESSAGE_CONTROL_LENGTH,
  MESSAGE_NAME,
  MESSAGE_NAME_LENGTH,
  MESSAGE_SIZE,
  MESSAGE_VECTOR,
  MESSAGE_VECTOR_COUNT,
  VECTOR_BASE,
  VECTOR_LENGTH,
  VECTOR_SIZE,
} from '@kraken/engine/internal/media/srtp/layout';
export { eventLoopDescriptor } from '@kraken/engine/internal/media/udp/event-loop';
export {
  AF_INET,
  CONTROL_HEADER_SIZE,
  CONTROL_LEVEL,
  CONTROL_TYPE,
  type LibC,
  loadLibC,
  MESSAGE_LENGTH,
  MSG_DONTWAIT,
  SO_RCVBUF,
  SOCK_CLOEXEC,
  SOCK_DGRAM,
  SOCK_NONBLOCK,
  SOL_SOCKET,
  SOL_UDP,
  UDP_SEGMENT,
} from '@kraken/engine/internal/media/udp/libc';
