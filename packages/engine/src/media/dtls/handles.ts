import type { DtlsRole } from '../../contract/messages.js';
import type { DtlsContext } from './context.js';
import type { Bio, Openssl, Ssl } from './openssl.js';
import { BIO_C_SET_BUF_MEM_EOF_RETURN, SSL_CTRL_SET_MTU } from './openssl-constants.js';
import { takeErrors } from './openssl-errors.js';
import { MAXIMUM_DATAGRAM_LENGTH } from './record.js';

/** OpenSSL's part of a session. The SSL owns both BIOs. */
export interface Handles {
  readonly ssl: Ssl;
  /** Records for OpenSSL to read. */
  readonly input: Bio;
  /** Records that OpenSSL wrote, as a stream. */
  readonly output: Bio;
}

/**
 * Makes what OpenSSL needs for one session; `DtlsContext.freeSsl` frees it.
 * @throws Error when OpenSSL has no memory, or the context is freed.
 */
export function openHandles(context: DtlsContext, role: DtlsRole): Handles {
  const { openssl } = context;
  const ssl = context.newSsl();
  const input = openssl.BIO_new(openssl.BIO_s_mem());
  const output = openssl.BIO_new(openssl.BIO_s_mem());
  if (input === null || output === null) {
    if (input !== null) openssl.BIO_free(input);
    if (output !== null) openssl.BIO_free(output);
    context.freeSsl(ssl);
    throw new Error(`DTLS session: ${takeErrors(openssl)}`);
  }
  // An empty BIO means "try again later", not the end of the stream.
  openssl.BIO_ctrl(input, BIO_C_SET_BUF_MEM_EOF_RETURN, -1, null);
  openssl.BIO_ctrl(output, BIO_C_SET_BUF_MEM_EOF_RETURN, -1, null);
  openssl.SSL_set_bio(ssl, input, output);
  openssl.SSL_ctrl(ssl, SSL_CTRL_SET_MTU, MAXIMUM_DATAGRAM_LENGTH, null);
  if (role === 'server') openssl.SSL_set_accept_state(ssl);
  else openssl.SSL_set_connect_state(ssl);
  return { ssl, input, output };
}

/** The peer's certificate, DER, or null as long as there is none. */
export function readPeerCertificate(openssl: Openssl, ssl: Ssl): Uint8Array | null {
  const certificate = openssl.SSL_get1_peer_certificate(ssl);
  if (certificate === null) return null;
  const bio = openssl.BIO_new(openssl.BIO_s_mem());
  try {
    if (bio === null || openssl.i2d_X509_bio(bio, certificate) !== 1) {
      throw new Error(`OpenSSL does not write the peer's certificate: ${takeErrors(openssl)}`);
    }
    const der = new Uint8Array(openssl.BIO_ctrl_pending(bio));
    openssl.BIO_read(bio, der, der.length);
    return der;
  } finally {
    if (bio !== null) openssl.BIO_free(bio);
    openssl.X509_free(certificate);
  }
}
