/** Constants of OpenSSL's public headers, named as there. Macros are not exported symbols, so their numbers stand here. */

// openssl/tls1.h, openssl/evp.h
export const DTLS1_2_VERSION = 0xfefd;
export const EVP_PKEY_EC = 408;

// openssl/ssl.h: options
export const SSL_OP_NO_QUERY_MTU = 1n << 12n;
export const SSL_OP_NO_TICKET = 1n << 14n;
export const SSL_OP_NO_COMPRESSION = 1n << 17n;
export const SSL_OP_NO_RENEGOTIATION = 1n << 30n;

// openssl/ssl.h: commands of SSL_ctrl and SSL_CTX_ctrl
export const SSL_CTRL_SET_MTU = 17;
export const SSL_CTRL_SET_READ_AHEAD = 41;
export const SSL_CTRL_SET_SESS_CACHE_MODE = 44;
export const SSL_CTRL_SET_MAX_CERT_LIST = 51;
export const DTLS_CTRL_GET_TIMEOUT = 73;
export const DTLS_CTRL_HANDLE_TIMEOUT = 74;
export const SSL_CTRL_SET_GROUPS_LIST = 92;
export const SSL_CTRL_SET_MIN_PROTO_VERSION = 123;
export const SSL_CTRL_SET_MAX_PROTO_VERSION = 124;
export const SSL_SESS_CACHE_OFF = 0;

// openssl/ssl.h: verification
export const SSL_VERIFY_PEER = 1;
export const SSL_VERIFY_FAIL_IF_NO_PEER_CERT = 2;

// openssl/ssl.h: results of SSL_get_error
export const SSL_ERROR_WANT_READ = 2;
export const SSL_ERROR_WANT_WRITE = 3;
export const SSL_ERROR_ZERO_RETURN = 6;

// openssl/bio.h
export const BIO_C_SET_BUF_MEM_EOF_RETURN = 130;
