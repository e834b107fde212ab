const UUID_KEY = 'kraken.uuid';
const NAME_KEY = 'kraken.name';
/** With the uuid and after percent-encoding, an id stays below the engine's 256 bytes. */
const NAME_OCTETS_MAX = 96;
const UID_PATTERN = /^[0-9a-f-]{36}:(.+)$/;

const ADJECTIVES = ['amber', 'brisk', 'calm', 'coral', 'deep', 'gentle', 'indigo', 'lunar', 'pearl', 'quiet'];
const CREATURES = [
  'cuttle',
  'dolphin',
  'heron',
  'kelp',
  'lagoon',
  'manta',
  'nautilus',
  'otter',
  'reef',
  'squid',
];

/** Percent-encodes as Go's url.QueryEscape does, the canonical form of Kraken's ids. */
export function escapeId(text) {
  return encodeURIComponent(text)
    .replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)
    .replace(/%20/g, '+');
}

function unescapeId(id) {
  try {
    return decodeURIComponent(id.replace(/\+/g, '%20'));
  } catch {
    return id;
  }
}

function randomUuid() {
  const octets = crypto.getRandomValues(new Uint8Array(16));
  octets[6] = (octets[6] & 0x0f) | 0x40;
  octets[8] = (octets[8] & 0x3f) | 0x80;
  const hex = Array.from(octets, (octet) => octet.toString(16).padStart(2, '0')).join('');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}

/** The same for the life of the tab, so that a reload takes its own seat again. */
function tabUuid() {
  const known = sessionStorage.getItem(UUID_KEY);
  if (known) return known;
  const uuid = randomUuid();
  sessionStorage.setItem(UUID_KEY, uuid);
  return uuid;
}

function encodeName(name) {
  const octets = new TextEncoder().encode(name).slice(0, NAME_OCTETS_MAX);
  return btoa(String.fromCharCode(...octets));
}

function decodeName(encoded) {
  try {
    const octets = Uint8Array.from(atob(encoded), (character) => character.charCodeAt(0));
    return new TextDecoder()
      .decode(octets)
      .replace(/\uFFFD+$/, '')
      .trim();
  } catch {
    return '';
  }
}

/** @returns this tab's user id in a room: `<uuid>:<base64 of the name>`, percent-encoded */
export function makeUid(name) {
  return escapeId(`${tabUuid()}:${encodeName(name)}`);
}

/** @returns the name that another participant's uid carries, or a stand-in for ids of other clients */
export function nameFromUid(uid) {
  const plain = unescapeId(uid);
  const name = decodeName(UID_PATTERN.exec(plain)?.[1] ?? '');
  if (name) return name;
  return plain.length <= 24 ? plain : `Guest ${plain.slice(0, 4)}`;
}

/** @returns up to two letters that stand for the name */
export function initialsOf(name) {
  const [first = '?', ...others] = name.match(/[\p{L}\p{N}]+/gu) ?? [];
  const words = others.length > 0 ? [first, others[others.length - 1]] : [first];
  return words.map((word) => Array.from(word)[0].toUpperCase()).join('');
}

/** @returns a hue in degrees, the same for the same id on everyone's screen */
export function hueOf(uid) {
  let hash = 0;
  for (const character of uid) hash = (hash * 31 + character.codePointAt(0)) >>> 0;
  return (hash % 24) * 15;
}

/** @returns a room name for somebody who came without one */
export function suggestRoom() {
  const [first, second, third] = crypto.getRandomValues(new Uint32Array(3));
  const adjective = ADJECTIVES[first % ADJECTIVES.length];
  return `${adjective}-${CREATURES[second % CREATURES.length]}-${100 + (third % 900)}`;
}

export function rememberedName() {
  return localStorage.getItem(NAME_KEY) ?? '';
}

export function rememberName(name) {
  localStorage.setItem(NAME_KEY, name);
}
