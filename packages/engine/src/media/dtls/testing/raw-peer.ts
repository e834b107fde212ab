import koffi from 'koffi';
import type { DtlsRole } from '../../../contract/messages.js';
import type { DtlsCertificate } from '../context.js';
import { type Bio, loadOpenssl, type Ssl, type SslContext } from '../openssl.js';
import {
  BIO_C_SET_BUF_MEM_EOF_RETURN,
  EVP_PKEY_EC,
  SSL_CTRL_SET_MAX_PROTO_VERSION,
  SSL_CTRL_SET_MIN_PROTO_VERSION,
  SSL_CTRL_SET_MTU,
  SSL_OP_NO_QUERY_MTU,
} from '../openssl-constants.js';
import type { AssociationSecrets } from '../record-keys.js';

const openssl = loadOpenssl();
const library = koffi.load(null);
const SSL_renegotiate: (ssl: Ssl) => number = library.func('SSL_renegotiate', 'int', ['void *']);
const SSL_get_session: (ssl: Ssl) => bigint = library.func('SSL_get_session', 'void *', ['void *']);
const bindCopy = (name: string) => library.func(name, 'size_t', ['void *', 'void *', 'size_t']);
type Copy<From> = (from: From, into: Uint8Array, length: number) => number;
const SSL_SESSION_get_master_key: Copy<bigint> = bindCopy('SSL_SESSION_get_master_key');
const SSL_get_client_random: Copy<Ssl> = bindCopy('SSL_get_client_random');
const SSL_get_server_random: Copy<Ssl> = bindCopy('SSL_get_server_random');
const SSL_get_shutdown: (ssl: Ssl) => number = library.func('SSL_get_shutdown', 'int', ['void *']);
const SSL_is_init_finished: (ssl: Ssl) => number = library.func('SSL_is_init_finished', 'int', ['void *']);

/** Of SSL_get_shutdown. */
const SSL_RECEIVED_SHUTDOWN = 2;

export interface RawPeerOptions {
  readonly certificate?: DtlsCertificate;
  /** OpenSSL's names of SRTP profiles; without, use_srtp is not offered. */
  readonly srtpProfiles?: string;
  readonly ciphers?: string;
  /** The only version it speaks. */
  readonly version?: number;
}

/** OpenSSL without any of the product's precautions, to play peers that misbehave. */
export class RawPeer {
  readonly #context: SslContext;
  readonly #ssl: Ssl;
  readonly #input: Bio;
  readonly #output: Bio;

  constructor(role: DtlsRole, options: RawPeerOptions) {
    openssl.ERR_clear_error();
    this.#context = required(openssl.SSL_CTX_new(openssl.DTLS_method()));
    openssl.SSL_CTX_set_options(this.#context, SSL_OP_NO_QUERY_MTU);
    if (options.srtpProfiles !== undefined) {
      openssl.SSL_CTX_set_tlsext_use_srtp(this.#context, options.srtpProfiles);
    }
    if (options.ciphers !== undefined) openssl.SSL_CTX_set_cipher_list(this.#context, options.ciphers);
    if (options.version !== undefined) {
      openssl.SSL_CTX_ctrl(this.#context, SSL_CTRL_SET_MIN_PROTO_VERSION, options.version, null);
      openssl.SSL_CTX_ctrl(this.#context, SSL_CTRL_SET_MAX_PROTO_VERSION, options.version, null);
    }
    if (options.certificate !== undefined) {
      const { certificate, privateKey } = options.certificate;
      openssl.SSL_CTX_use_certificate_ASN1(this.#context, certificate.length, certificate);
      openssl.SSL_CTX_use_PrivateKey_ASN1(EVP_PKEY_EC, this.#context, privateKey, privateKey.length);
    }
    this.#ssl = required(openssl.SSL_new(this.#context));
    this.#input = required(openssl.BIO_new(openssl.BIO_s_mem()));
    this.#output = required(openssl.BIO_new(openssl.BIO_s_mem()));
    openssl.BIO_ctrl(this.#input, BIO_C_SET_BUF_MEM_EOF_RETURN, -1, null);
    openssl.BIO_ctrl(this.#output, BIO_C_SET_BUF_MEM_EOF_RETURN, -1, null);
    openssl.SSL_set_bio(this.#ssl, this.#input, this.#output);
    openssl.SSL_ctrl(this.#ssl, SSL_CTRL_SET_MTU, 1200, null);
    if (role === 'server') openssl.SSL_set_accept_state(this.#ssl);
    else openssl.SSL_set_connect_state(this.#ssl);
  }

  get finished(): boolean {
    return SSL_is_init_finished(this.#ssl) === 1;
  }

  /** Takes records, and returns the records that it answers, one behind the other. */
  exchange(records: Uint8Array): Uint8Array {
    openssl.ERR_clear_error();
    if (records.length > 0) openssl.BIO_write(this.#input, records, records.length);
    if (openssl.SSL_do_handshake(this.#ssl) === 1) openssl.SSL_read(this.#ssl, new Uint8Array(4096), 4096);
    openssl.ERR_clear_error();
    return this.#takeOutput();
  }

  renegotiate(): Uint8Array {
    openssl.ERR_clear_error();
    SSL_renegotiate(this.#ssl);
    openssl.SSL_do_handshake(this.#ssl);
    openssl.ERR_clear_error();
    return this.#takeOutput();
  }

  /** Whether it has got close_notify. */
  get hasGotGoodbye(): boolean {
    return (SSL_get_shutdown(this.#ssl) & SSL_RECEIVED_SHUTDOWN) !== 0;
  }

  /** @returns its close_notify */
  close(): Uint8Array {
    openssl.SSL_shutdown(this.#ssl);
    openssl.ERR_clear_error();
    return this.#takeOutput();
  }

  /** What the association's keys are derived from. */
  secrets(): AssociationSecrets {
    const masterSecret = new Uint8Array(48);
    const clientRandom = new Uint8Array(32);
    const serverRandom = new Uint8Array(32);
    SSL_SESSION_get_master_key(SSL_get_session(this.#ssl), masterSecret, masterSecret.length);
    SSL_get_client_random(this.#ssl, clientRandom, clientRandom.length);
    SSL_get_server_random(this.#ssl, serverRandom, serverRandom.length);
    return { masterSecret, clientRandom, serverRandom };
  }

  free(): void {
    openssl.SSL_free(this.#ssl);
    openssl.SSL_CTX_free(this.#context);
  }

  #takeOutput(): Uint8Array {
    const bytes = new Uint8Array(openssl.BIO_ctrl_pending(this.#output));
    if (bytes.length > 0) openssl.BIO_read(this.#output, bytes, bytes.length);
    return bytes;
  }
}

function required<Handle>(handle: Handle | null): Handle {
  if (handle === null) throw new Error('OpenSSL is out of memory');
  return handle;
}
