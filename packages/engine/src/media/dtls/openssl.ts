import koffi, { type LibraryHandle, type TypeObject } from 'koffi';

/**
 * The border to OpenSSL: the one that is built into node itself, whose symbols node exports again. Every function
 * that is used is bound and typed here, once. Beyond this border a wrong pointer ends the process, so handles are
 * branded by what they point to and `null` says that there is none.
 */

declare const pointee: unique symbol;
/** The address of something that OpenSSL owns. */
type Handle<Pointee extends string> = bigint & { readonly [pointee]: Pointee };

export type SslMethod = Handle<'SSL_METHOD'>;
export type SslContext = Handle<'SSL_CTX'>;
export type Ssl = Handle<'SSL'>;
export type BioMethod = Handle<'BIO_METHOD'>;
export type SslSession = Handle<'SSL_SESSION'>;
export type SslCipher = Handle<'SSL_CIPHER'>;
export type Bio = Handle<'BIO'>;
export type X509 = Handle<'X509'>;
export type SrtpProtectionProfile = Handle<'SRTP_PROTECTION_PROFILE'>;
/** The address of a function of OpenSSL, or of a JavaScript function that koffi registered. */
export type FunctionAddress = Handle<'function'>;

/** The functions under OpenSSL's own names; its manual pages describe them. */
export interface Openssl {
  OpenSSL_version_num(): number;

  ERR_clear_error(): void;
  ERR_get_error(): number;
  ERR_reason_error_string(code: number): string | null;

  BIO_s_mem(): BioMethod;
  BIO_new(method: BioMethod): Bio | null;
  BIO_free(bio: Bio): number;
  BIO_read(bio: Bio, into: Uint8Array, length: number): number;
  BIO_write(bio: Bio, from: Uint8Array, length: number): number;
  BIO_ctrl(bio: Bio, command: number, value: number, pointer: null): number;
  BIO_ctrl_pending(bio: Bio): number;

  DTLS_method(): SslMethod;
  SSL_CTX_new(method: SslMethod): SslContext | null;
  SSL_CTX_free(context: SslContext): void;
  SSL_CTX_ctrl(context: SslContext, command: number, value: number, pointer: Uint8Array | null): number;
  SSL_CTX_set_options(context: SslContext, options: bigint): number | bigint;
  SSL_CTX_set_cipher_list(context: SslContext, ciphers: string): number;
  /** Returns 0 when it succeeds, unlike the others. */
  SSL_CTX_set_tlsext_use_srtp(context: SslContext, profiles: string): number;
  SSL_CTX_set_verify(context: SslContext, mode: number, callback: null): void;
  SSL_CTX_set_cert_verify_callback(context: SslContext, callback: FunctionAddress, argument: null): void;
  SSL_CTX_use_certificate_ASN1(context: SslContext, length: number, der: Uint8Array): number;
  SSL_CTX_use_PrivateKey_ASN1(type: number, context: SslContext, der: Uint8Array, length: number): number;
  SSL_CTX_check_private_key(context: SslContext): number;

  SSL_new(context: SslContext): Ssl | null;
  SSL_free(ssl: Ssl): void;
  /** The SSL owns both BIOs from here and frees them with itself. */
  SSL_set_bio(ssl: Ssl, read: Bio, write: Bio): void;
  SSL_set_accept_state(ssl: Ssl): void;
  SSL_set_connect_state(ssl: Ssl): void;
  SSL_ctrl(ssl: Ssl, command: number, value: number, pointer: Uint8Array | null): number;
  SSL_do_handshake(ssl: Ssl): number;
  SSL_get_error(ssl: Ssl, result: number): number;
  SSL_read(ssl: Ssl, into: Uint8Array, length: number): number;
  SSL_shutdown(ssl: Ssl): number;
  /** The session stays the SSL's. */
  SSL_get_session(ssl: Ssl): SslSession | null;
  SSL_SESSION_get_master_key(session: SslSession, into: Uint8Array, length: number): number;
  SSL_get_client_random(ssl: Ssl, into: Uint8Array, length: number): number;
  SSL_get_server_random(ssl: Ssl, into: Uint8Array, length: number): number;
  SSL_get_current_cipher(ssl: Ssl): SslCipher | null;
  SSL_CIPHER_get_protocol_id(cipher: SslCipher): number;
  SSL_alert_desc_string_long(description: number): string;
  SSL_get_selected_srtp_profile(ssl: Ssl): SrtpProtectionProfile | null;
  SSL_export_keying_material(
    ssl: Ssl,
    into: Uint8Array,
    length: number,
    label: string,
    labelLength: number,
    context: null,
    contextLength: 0,
    useContext: 0,
  ): number;
  /** The caller owns one reference and has to release it by `X509_free`. */
  SSL_get1_peer_certificate(ssl: Ssl): X509 | null;
  DTLS_set_timer_cb(ssl: Ssl, callback: FunctionAddress): void;

  X509_free(certificate: X509): void;
  i2d_X509_bio(bio: Bio, certificate: X509): number;

  /** Address of `X509_STORE_CTX_set_trust`, which DtlsContext uses in place of a chain verifier. */
  readonly X509_STORE_CTX_set_trust: FunctionAddress;
}

/** The part of a koffi library that binding needs. */
export interface SymbolSource {
  func(name: string, result: string, parameters: string[]): ReturnType<LibraryHandle['func']>;
  symbol(name: string): ReturnType<LibraryHandle['symbol']>;
}

const POINTER = 'void *';

/**
 * Binds OpenSSL's functions.
 * @param source where the symbols are looked up.
 * @param reportedVersion the version of the OpenSSL that node says it is built with, as `3.0.19+quic`.
 * @throws Error, one line, when a symbol is missing or when the symbols found belong to another OpenSSL.
 */
export function bindOpenssl(source: SymbolSource, reportedVersion: string): Openssl {
  const bind = (name: string, result: string, parameters: string[]) =>
    lookUp(name, () => source.func(name, result, parameters));
  const openssl: Openssl = {
    OpenSSL_version_num: bind('OpenSSL_version_num', 'ulong', []),

    ERR_clear_error: bind('ERR_clear_error', 'void', []),
    ERR_get_error: bind('ERR_get_error', 'ulong', []),
    ERR_reason_error_string: bind('ERR_reason_error_string', 'str', ['ulong']),

    BIO_s_mem: bind('BIO_s_mem', POINTER, []),
    BIO_new: bind('BIO_new', POINTER, [POINTER]),
    BIO_free: bind('BIO_free', 'int', [POINTER]),
    BIO_read: bind('BIO_read', 'int', [POINTER, POINTER, 'int']),
    BIO_write: bind('BIO_write', 'int', [POINTER, POINTER, 'int']),
    BIO_ctrl: bind('BIO_ctrl', 'long', [POINTER, 'int', 'long', POINTER]),
    BIO_ctrl_pending: bind('BIO_ctrl_pending', 'size_t', [POINTER]),

    DTLS_method: bind('DTLS_method', POINTER, []),
    SSL_CTX_new: bind('SSL_CTX_new', POINTER, [POINTER]),
    SSL_CTX_free: bind('SSL_CTX_free', 'void', [POINTER]),
    SSL_CTX_ctrl: bind('SSL_CTX_ctrl', 'long', [POINTER, 'int', 'long', POINTER]),
    SSL_CTX_set_options: bind('SSL_CTX_set_options', 'uint64_t', [POINTER, 'uint64_t']),
    SSL_CTX_set_cipher_list: bind('SSL_CTX_set_cipher_list', 'int', [POINTER, 'str']),
    SSL_CTX_set_tlsext_use_srtp: bind('SSL_CTX_set_tlsext_use_srtp', 'int', [POINTER, 'str']),
    SSL_CTX_set_verify: bind('SSL_CTX_set_verify', 'void', [POINTER, 'int', POINTER]),
    SSL_CTX_set_cert_verify_callback: bind('SSL_CTX_set_cert_verify_callback', 'void', [
      POINTER,
      POINTER,
      POINTER,
    ]),
    SSL_CTX_use_certificate_ASN1: bind('SSL_CTX_use_certificate_ASN1', 'int', [POINTER, 'int', POINTER]),
    SSL_CTX_use_PrivateKey_ASN1: bind('SSL_CTX_use_PrivateKey_ASN1', 'int', [
      'int',
      POINTER,
      POINTER,
      'long',
    ]),
    SSL_CTX_check_private_key: bind('SSL_CTX_check_private_key', 'int', [POINTER]),

    SSL_new: bind('SSL_new', POINTER, [POINTER]),
    SSL_free: bind('SSL_free', 'void', [POINTER]),
    SSL_set_bio: bind('SSL_set_bio', 'void', [POINTER, POINTER, POINTER]),
    SSL_set_accept_state: bind('SSL_set_accept_state', 'void', [POINTER]),
    SSL_set_connect_state: bind('SSL_set_connect_state', 'void', [POINTER]),
    SSL_ctrl: bind('SSL_ctrl', 'long', [POINTER, 'int', 'long', POINTER]),
    SSL_do_handshake: bind('SSL_do_handshake', 'int', [POINTER]),
    SSL_get_error: bind('SSL_get_error', 'int', [POINTER, 'int']),
    SSL_read: bind('SSL_read', 'int', [POINTER, POINTER, 'int']),
    SSL_shutdown: bind('SSL_shutdown', 'int', [POINTER]),
    SSL_get_session: bind('SSL_get_session', POINTER, [POINTER]),
    SSL_SESSION_get_master_key: bind('SSL_SESSION_get_master_key', 'size_t', [POINTER, POINTER, 'size_t']),
    SSL_get_client_random: bind('SSL_get_client_random', 'size_t', [POINTER, POINTER, 'size_t']),
    SSL_get_server_random: bind('SSL_get_server_random', 'size_t', [POINTER, POINTER, 'size_t']),
    SSL_get_current_cipher: bind('SSL_get_current_cipher', POINTER, [POINTER]),
    SSL_CIPHER_get_protocol_id: bind('SSL_CIPHER_get_protocol_id', 'uint16_t', [POINTER]),
    SSL_alert_desc_string_long: bind('SSL_alert_desc_string_long', 'str', ['int']),
    SSL_get_selected_srtp_profile: bind('SSL_get_selected_srtp_profile', POINTER, [POINTER]),
    SSL_export_keying_material: bind('SSL_export_keying_material', 'int', [
      POINTER,
      POINTER,
      'size_t',
      'str',
      'size_t',
      POINTER,
      'size_t',
      'int',
    ]),
    SSL_get1_peer_certificate: bind('SSL_get1_peer_certificate', POINTER, [POINTER]),
    DTLS_set_timer_cb: bind('DTLS_set_timer_cb', 'void', [POINTER, POINTER]),

    X509_free: bind('X509_free', 'void', [POINTER]),
    i2d_X509_bio: bind('i2d_X509_bio', 'int', [POINTER, POINTER]),

    X509_STORE_CTX_set_trust: lookUp('X509_STORE_CTX_set_trust', () =>
      source.symbol('X509_STORE_CTX_set_trust'),
    ),
  };
  refuseOtherVersion(openssl.OpenSSL_version_num(), reportedVersion);
  return openssl;
}

function lookUp<Found>(name: string, find: () => Found): Found {
  try {
    return find();
  } catch (cause) {
    throw new Error(`DTLS needs OpenSSL's ${name}, which this runtime (${process.version}) does not export`, {
      cause,
    });
  }
}

/**
 * A process may hold a second libcrypto, which some other library brought along. Mixing two would corrupt memory,
 * so the symbols found have to be those of the very version that node reports.
 * @param number `0xMNN00PP0`: major, minor, patch (OpenSSL 3.0 and later, OPENSSL_VERSION_NUMBER(3)).
 */
function refuseOtherVersion(number: number, reportedVersion: string): void {
  const found = `${number >>> 28}.${(number >>> 20) & 0xff}.${(number >>> 4) & 0xffff}`;
  const reported = reportedVersion.replace(/[-+].*$/, '');
  if (found !== reported) {
    throw new Error(
      `DTLS found the symbols of OpenSSL ${found}, but this runtime reports OpenSSL ${reportedVersion}`,
    );
  }
}

let bound: Openssl | null = null;

/**
 * OpenSSL as built into node, bound on first use and kept for the thread's life.
 * @throws Error, one line, when this runtime's OpenSSL cannot be used.
 */
export function loadOpenssl(): Openssl {
  bound ??= bindOpenssl(koffi.load(null), process.versions.openssl);
  return bound;
}

let srtpProtectionProfile: TypeObject | null = null;

/** Reads `id` of an SRTP_PROTECTION_PROFILE (openssl/srtp.h): `{ const char *name; unsigned long id; }`. */
export function readSrtpProfileId(profile: SrtpProtectionProfile): number {
  srtpProtectionProfile ??= koffi.struct({ name: 'str', id: 'ulong' });
  const { id }: { name: string; id: number } = koffi.decode(profile, srtpProtectionProfile);
  return id;
}

let timerCallback: TypeObject | null = null;

/**
 * Makes a JavaScript function callable as `DTLS_timer_cb`: `unsigned int callback(SSL *ssl, unsigned int timer_us)`.
 * It may be called only on the thread that registers it, and lives until `unregisterCallback`.
 * @param next gets the time-out that passed, 0 for the first, and returns the next one; both in µs.
 */
export function registerTimerCallback(next: (microseconds: number) => number): FunctionAddress {
  timerCallback ??= koffi.pointer(koffi.proto('uint', [POINTER, 'uint']));
  return brandFunction(
    koffi.register((_ssl: Ssl, microseconds: number) => next(microseconds), timerCallback),
  );
}

export function unregisterCallback(callback: FunctionAddress): void {
  koffi.unregister(callback);
}

function brandFunction(address: bigint): FunctionAddress {
  return address as FunctionAddress;
}
