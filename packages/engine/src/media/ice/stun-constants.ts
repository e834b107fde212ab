/** Numbers of STUN (RFC 8489) and of its use by ICE (RFC 8445 section 16.1), as IANA registers them. */

export const STUN_HEADER_LENGTH = 20;
export const MAGIC_COOKIE = 0x2112a442;
export const TRANSACTION_ID_LENGTH = 12;
export const ATTRIBUTE_HEADER_LENGTH = 4;

export const METHOD_BINDING = 0x001;

export const CLASS_REQUEST = 0;
export const CLASS_INDICATION = 1;

export const MAPPED_ADDRESS = 0x0001;
export const USERNAME = 0x0006;
export const MESSAGE_INTEGRITY = 0x0008;
export const ERROR_CODE = 0x0009;
export const UNKNOWN_ATTRIBUTES = 0x000a;
export const MESSAGE_INTEGRITY_SHA256 = 0x001c;
export const XOR_MAPPED_ADDRESS = 0x0020;
export const PRIORITY = 0x0024;
export const USE_CANDIDATE = 0x0025;
export const FINGERPRINT = 0x8028;
export const ICE_CONTROLLED = 0x8029;
export const ICE_CONTROLLING = 0x802a;

/** Attributes from here on may be skipped by who does not know them, RFC 8489 section 14. */
export const FIRST_COMPREHENSION_OPTIONAL = 0x8000;

/** HMAC-SHA1, RFC 8489 section 14.5. */
export const MESSAGE_INTEGRITY_LENGTH = 20;
/** What the CRC is XORed with, RFC 8489 section 14.7. */
export const FINGERPRINT_XOR = 0x5354554e;
export const FINGERPRINT_LENGTH = 4;
