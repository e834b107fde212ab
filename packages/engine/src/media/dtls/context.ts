import {
  type FunctionAddress,
  loadOpenssl,
  type Openssl,
  registerTimerCallback,
  type Ssl,
  type SslContext,
  unregisterCallback,
} from './openssl.js';
import {
  DTLS1_2_VERSION,
  EVP_PKEY_EC,
  SSL_CTRL_SET_GROUPS_LIST,
  SSL_CTRL_SET_MAX_CERT_LIST,
  SSL_CTRL_SET_MAX_PROTO_VERSION,
  SSL_CTRL_SET_MIN_PROTO_VERSION,
  SSL_CTRL_SET_READ_AHEAD,
  SSL_CTRL_SET_SESS_CACHE_MODE,
  SSL_OP_NO_COMPRESSION,
  SSL_OP_NO_QUERY_MTU,
  SSL_OP_NO_RENEGOTIATION,
  SSL_OP_NO_TICKET,
  SSL_SESS_CACHE_OFF,
  SSL_VERIFY_FAIL_IF_NO_PEER_CERT,
  SSL_VERIFY_PEER,
} from './openssl-constants.js';
import { takeErrors } from './openssl-errors.js';
import { SRTP_PROFILE_NAME } from './srtp-profile.js';

/** The first retransmission's time-out, ms. OpenSSL's own, 1 s, makes joining over a lossy path slow. */
const INITIAL_RETRANSMISSION_TIMEOUT = 100;
/** Time-outs double until they are so many times the first one; OpenSSL gives up at the twelfth, after 14 s. */
const MAXIMUM_RETRANSMISSION_BACKOFF = 16;

/** AES-GCM only: the record filter relies on the length of its explicit nonce. RSA is for peers' certificates. */
const CIPHERS = [
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES128-GCM-SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES256-GCM-SHA384',
].join(':');
const GROUPS = 'X25519:P-256:P-384';
/** Octets; a peer's self-signed certificate has under 1,000. It bounds what a handshake message may occupy. */
const MAXIMUM_CERTIFICATE_CHAIN_LENGTH = 16_384;

export interface DtlsCertificate {
  /** X.509, DER. */
  readonly certificate: Uint8Array;
  /** The certificate's ECDSA key, PKCS #8, DER. */
  readonly privateKey: Uint8Array;
}

export interface DtlsContextOptions {
  /** Time-out of a flight's first retransmission, ms, more than the 15 that OpenSSL rounds down to none. */
  readonly retransmissionTimeout?: number;
}

/**
 * What all DTLS sessions of one thread share: certificate, protocol parameters and the timer callback. OpenSSL calls
 * that callback on the thread where it was registered or the process ends, so each worker thread makes its own.
 */
export class DtlsContext {
  readonly openssl: Openssl;
  readonly #timerCallback: FunctionAddress;
  #context: SslContext | null;
  #sessions = 0;
  #freed = false;

  /** @throws Error, one line, when the runtime's OpenSSL cannot be used or refuses the certificate. */
  constructor(certificate: DtlsCertificate, options: DtlsContextOptions = {}) {
    this.openssl = loadOpenssl();
    this.openssl.ERR_clear_error();
    this.#context = this.openssl.SSL_CTX_new(this.openssl.DTLS_method());
    if (this.#context === null) throw new Error(`DTLS context: ${takeErrors(this.openssl)}`);
    try {
      configureProtocol(this.openssl, this.#context);
      loadCertificate(this.openssl, this.#context, certificate);
    } catch (error) {
      this.openssl.SSL_CTX_free(this.#context);
      this.#context = null;
      throw error;
    }
    const first = (options.retransmissionTimeout ?? INITIAL_RETRANSMISSION_TIMEOUT) * 1000;
    const last = first * MAXIMUM_RETRANSMISSION_BACKOFF;
    this.#timerCallback = registerTimerCallback((passed) =>
      passed === 0 ? first : Math.min(passed * 2, last),
    );
  }

  /** Makes an SSL for one session, which has to give it back by `freeSsl`. */
  newSsl(): Ssl {
    if (this.#context === null || this.#freed) throw new Error('the DTLS context is freed');
    this.openssl.ERR_clear_error();
    const ssl = this.openssl.SSL_new(this.#context);
    if (ssl === null) throw new Error(`DTLS session: ${takeErrors(this.openssl)}`);
    this.openssl.DTLS_set_timer_cb(ssl, this.#timerCallback);
    this.#sessions++;
    return ssl;
  }

  freeSsl(ssl: Ssl): void {
    this.openssl.SSL_free(ssl);
    this.#sessions--;
    this.#release();
  }

  /** Frees the context as soon as its last session is over. No new session can be made from here. */
  free(): void {
    this.#freed = true;
    this.#release();
  }

  #release(): void {
    if (!this.#freed || this.#sessions > 0 || this.#context === null) return;
    this.openssl.SSL_CTX_free(this.#context);
    this.#context = null;
    unregisterCallback(this.#timerCallback);
  }
}

function configureProtocol(openssl: Openssl, context: SslContext): void {
  const set = (command: number, value: number) => openssl.SSL_CTX_ctrl(context, command, value, null);
  requireSuccess(openssl, 'version', set(SSL_CTRL_SET_MIN_PROTO_VERSION, DTLS1_2_VERSION) === 1);
  requireSuccess(openssl, 'version', set(SSL_CTRL_SET_MAX_PROTO_VERSION, DTLS1_2_VERSION) === 1);
  // No resumption: each association makes new keys, and the server always has the last flight.
  openssl.SSL_CTX_set_options(
    context,
    SSL_OP_NO_QUERY_MTU | SSL_OP_NO_TICKET | SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION,
  );
  set(SSL_CTRL_SET_SESS_CACHE_MODE, SSL_SESS_CACHE_OFF);
  set(SSL_CTRL_SET_READ_AHEAD, 1);
  set(SSL_CTRL_SET_MAX_CERT_LIST, MAXIMUM_CERTIFICATE_CHAIN_LENGTH);
  requireSuccess(openssl, 'ciphers', openssl.SSL_CTX_set_cipher_list(context, CIPHERS) === 1);
  const groups = Buffer.from(`${GROUPS}\0`);
  requireSuccess(openssl, 'groups', openssl.SSL_CTX_ctrl(context, SSL_CTRL_SET_GROUPS_LIST, 0, groups) === 1);
  requireSuccess(openssl, 'use_srtp', openssl.SSL_CTX_set_tlsext_use_srtp(context, SRTP_PROFILE_NAME) === 0);
  openssl.SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, null);
  // Peers' certificates are self-signed, so no chain is verified; DtlsSession compares the fingerprint. The callback
  // `int verify(X509_STORE_CTX *, void *)` must return 1, and a function of OpenSSL's own spares a call into JavaScript:
  // X509_STORE_CTX_set_trust with a trust of 0, which is what the null argument means to it, sets nothing and returns 1.
  // That the peer has the certificate's private key is still verified by OpenSSL.
  openssl.SSL_CTX_set_cert_verify_callback(context, openssl.X509_STORE_CTX_set_trust, null);
}

function loadCertificate(openssl: Openssl, context: SslContext, own: DtlsCertificate): void {
  const { certificate, privateKey } = own;
  requireSuccess(
    openssl,
    'certificate',
    openssl.SSL_CTX_use_certificate_ASN1(context, certificate.length, certificate) === 1,
  );
  requireSuccess(
    openssl,
    'private key',
    openssl.SSL_CTX_use_PrivateKey_ASN1(EVP_PKEY_EC, context, privateKey, privateKey.length) === 1,
  );
  requireSuccess(openssl, 'private key', openssl.SSL_CTX_check_private_key(context) === 1);
}

function requireSuccess(openssl: Openssl, what: string, succeeded: boolean): void {
  if (!succeeded) throw new Error(`DTLS context: ${what}: ${takeErrors(openssl)}`);
}
