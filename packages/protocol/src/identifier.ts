/**
 * Ids of rooms and users. They are opaque: compared and echoed verbatim, never decoded. The check is the part of
 * Kraken's that protects others: an id has to decode as Go's url.QueryUnescape decodes (its canonical form is not
 * asked for), and since a user's id appears in SDP lines (`a=msid`), nothing in it may end or split a line.
 */

/** Greatest length of a room's or a user's id, in bytes of UTF-8. */
export const MAX_IDENTIFIER_BYTES = 256;

const encoder = new TextEncoder();

/** A `%` without two hexadecimal digits behind it: the one thing that url.QueryUnescape refuses. */
const BROKEN_ESCAPE = /%(?![0-9a-fA-F]{2})/;
const CONTROL_OR_WHITE_SPACE = /[\p{Cc}\s\u2028\u2029]/u;
const LONE_SURROGATE = /\p{Cs}/u;
/** Printable ASCII without space. */
const VISIBLE_ASCII = /^[!-~]+$/;

/**
 * Checks an id of a room.
 *
 * @param id as the client sent it
 * @returns null when the id may be used, else what is wrong with it, in words that follow the parameter's name
 */
export function identifierProblem(id: string): string | null {
  if (id === '') return 'is empty';
  if (exceedsBytes(id, MAX_IDENTIFIER_BYTES)) return `is longer than ${MAX_IDENTIFIER_BYTES} bytes`;
  if (CONTROL_OR_WHITE_SPACE.test(id)) return 'holds white space or control characters';
  if (LONE_SURROGATE.test(id)) return 'is not well-formed Unicode';
  if (BROKEN_ESCAPE.test(id)) return 'holds a % that two hexadecimal digits do not follow';
  return null;
}

/**
 * Checks an id of a user. It stands verbatim in the descriptions that the others of the room get, and Firefox refuses
 * a description with any character beyond ASCII in it: one such id would silence a room for everyone there.
 *
 * @param uid as the client sent it
 * @returns null when the id may be used, else what is wrong with it, in words that follow the parameter's name
 */
export function userIdentifierProblem(uid: string): string | null {
  const problem = identifierProblem(uid);
  if (problem !== null) return problem;
  return VISIBLE_ASCII.test(uid) ? null : 'holds characters beyond ASCII, which have to be URL-encoded';
}

/**
 * @param text any string
 * @param limit in bytes
 * @returns whether the UTF-8 form of the text is longer than the limit
 */
export function exceedsBytes(text: string, limit: number): boolean {
  return text.length > limit || encoder.encode(text).length > limit;
}
