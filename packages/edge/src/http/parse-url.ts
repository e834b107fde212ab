/** Reads URLs that strangers have written. */

/**
 * Not by URL.canParse(): as soon as V8 has compiled what calls it, Node 20 takes the octets of Latin-1 for UTF-8 there, and finds URLs
 * that are none.
 *
 * @returns the URL, or null when the text is none
 */
export function parseUrl(text: string): URL | null {
  try {
    return new URL(text);
  } catch {
    return null;
  }
}
