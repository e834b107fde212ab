/**
 * Character rules for what goes from one description into another. Whatever passes one of these holds neither
 * a space nor a line end, so that echoing it cannot start a line of its own.
 */

/** `token` of RFC 8866 section 9: mids, m-line kinds. */
const TOKEN = /^[!#$%&'*+\-.0-9A-Z^_`a-z{|}~]+$/;
/** Printable ASCII without space: formats of an m-line, ids of msid (wider than RFC 8830: Kraken's uids go in verbatim). */
const VISIBLE = /^[!-~]+$/;
/** `proto` of RFC 8866 section 9: tokens parted by slashes. */
const PROTOCOL = /^[A-Za-z0-9]+(?:\/[A-Za-z0-9]+)*$/;
/** `ice-char` of RFC 8839 section 5.4. */
const ICE_CHARS = /^[A-Za-z0-9+/]+$/;

/** Greatest length of a mid; one that goes into a one-byte header extension holds at most 16. */
export const MAX_MID_LENGTH = 32;

export function isMid(value: string): boolean {
  return value.length <= MAX_MID_LENGTH && TOKEN.test(value);
}

export function isToken(value: string): boolean {
  return TOKEN.test(value);
}

export function isVisible(value: string): boolean {
  return VISIBLE.test(value);
}

export function isProtocol(value: string): boolean {
  return PROTOCOL.test(value);
}

/** RFC 8839 section 5.4: 4 to 256 ice-chars. */
export function isUfrag(value: string): boolean {
  return value.length >= 4 && value.length <= 256 && ICE_CHARS.test(value);
}

/** RFC 8839 section 5.4: 22 to 256 ice-chars. */
export function isIcePassword(value: string): boolean {
  return value.length >= 22 && value.length <= 256 && ICE_CHARS.test(value);
}
