/** Ids on the wire: `<id>:<base64 of the name>`, escaped as Go's url.QueryEscape does. */
const ID_KEY = 'kraken.uuid';
/** With the id and after escaping, a uid stays below the server's 256 bytes. */
const NAME_OCTETS_MAX = 96;
const SHORT_UID_CHARACTERS = 24;
/** Base64 holds no colon, whatever the id holds. */
const UID_PATTERN = /^.+:([^:]+)$/s;

/** Percent-encodes as Go's url.QueryEscape does, the canonical form of Kraken's ids. */
export function escapeId(text: string): string {
  return encodeURIComponent(text)
    .replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)
    .replace(/%20/g, '+');
}

/** The same for the life of the tab, so that a reload takes its own place again. */
export function tabId(): string {
  try {
    const known = sessionStorage.getItem(ID_KEY);
    if (known !== null) return known;
    const id = randomUuid();
    sessionStorage.setItem(ID_KEY, id);
    return id;
  } catch {
    return randomUuid(); // Storage may be forbidden, in frames of other sites for instance.
  }
}

/** `crypto.randomUUID` is there on secure pages only; RFC 9562 section 5.4. */
function randomUuid(): string {
  const octets = crypto.getRandomValues(new Uint8Array(16));
  const hex = Array.from(octets, (octet, index) => {
    const value = index === 6 ? (octet & 0x0f) | 0x40 : index === 8 ? (octet & 0x3f) | 0x80 : octet;
    return value.toString(16).padStart(2, '0');
  }).join('');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}

/** @returns the uid of a participant, escaped */
export function makeUid(id: string, name: string): string {
  const octets = new TextEncoder().encode(name).slice(0, NAME_OCTETS_MAX);
  return escapeId(`${id}:${btoa(String.fromCharCode(...octets))}`);
}

/**
 * Who somebody is by their access token. It is the server that verifies it; here it is only read.
 * @returns the uid, escaped; null where the token names none
 */
export function uidOfToken(token: string | null): string | null {
  try {
    const claims: unknown = JSON.parse(
      atob((token?.split('.')[1] ?? '').replace(/-/g, '+').replace(/_/g, '/')),
    );
    const uid = typeof claims === 'object' && claims !== null ? Reflect.get(claims, 'uid') : null;
    return typeof uid === 'string' ? uid : null;
  } catch {
    return null; // What is no token the server refuses, and says why.
  }
}

/** @returns the name that a uid carries, or a stand-in for ids of other clients */
export function nameFromUid(uid: string): string {
  const plain = unescapeId(uid);
  const name = decodeName(UID_PATTERN.exec(plain)?.[1] ?? '');
  if (name !== '') return name;
  return plain.length <= SHORT_UID_CHARACTERS ? plain : `Guest ${plain.slice(0, 4)}`;
}

function unescapeId(id: string): string {
  try {
    return decodeURIComponent(id.replace(/\+/g, '%20'));
  } catch {
    return id;
  }
}

/** A name that was cut may end amid a character, which decodes to U+FFFD. What is not quite base64 is no name. */
function decodeName(encoded: string): string {
  try {
    if (btoa(atob(encoded)) !== encoded) return '';
    const octets = Uint8Array.from(atob(encoded), (character) => character.charCodeAt(0));
    return new TextDecoder()
      .decode(octets)
      .replace(/\uFFFD+$/, '')
      .trim();
  } catch {
    return '';
  }
}
