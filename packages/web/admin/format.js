const KIBIBYTE = 1024;
const UID_PATTERN = /^(.{1,64}):([A-Za-z0-9+/]+={0,2})$/;
export const NOTHING = '–';

const counts = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const clock = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', second: '2-digit' });
const shortClock = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' });

/** Three digits, and a prefix where the number is large. */
function scaled(value, unit) {
  for (const [factor, prefix] of [
    [1e9, 'G'],
    [1e6, 'M'],
    [1e3, 'k'],
  ]) {
    if (value >= factor * 0.9995) return `${digits(value / factor)}${unit === '' ? '' : ' '}${prefix}${unit}`;
  }
  return `${digits(value)} ${unit}`.trim();
}

function digits(value) {
  if (value === 0) return '0';
  if (value >= 99.95) return value.toFixed(0);
  return value.toFixed(value >= 9.995 ? 1 : 2).replace(/\.?0+$/, '');
}

const orNothing = (format) => (value) =>
  value === null || value === undefined || Number.isNaN(value) ? NOTHING : format(value);

export const count = orNothing((value) => counts.format(value));
export const quantity = orNothing((value) => scaled(value, ''));
export const perSecond = orNothing((value) => `${scaled(value, '')}/s`);
export const bits = orNothing((value) => scaled(value, 'bit/s'));
export const percent = orNothing((value) => `${digits(value * 100)} %`);
export const milliseconds = orNothing((value) =>
  value >= 9_999.5 ? `${digits(value / 1000)} s` : `${counts.format(value)} ms`,
);
export const octets = orNothing((value) => {
  const mebibytes = value / KIBIBYTE / KIBIBYTE;
  return mebibytes >= KIBIBYTE ? `${digits(mebibytes / KIBIBYTE)} GiB` : `${digits(mebibytes)} MiB`;
});

function durationIn(seconds, length) {
  const whole = Math.max(0, Math.floor(seconds));
  const parts = [
    [Math.floor(whole / 86_400), 'd'],
    [Math.floor(whole / 3_600) % 24, 'h'],
    [Math.floor(whole / 60) % 60, 'min'],
    [whole % 60, 's'],
  ];
  const first = parts.findIndex(([value]) => value > 0);
  if (first === -1) return '0 s';
  return parts
    .slice(first, first + length)
    .filter(([value], index) => index === 0 || value > 0)
    .map(([value, unit]) => `${value} ${unit}`)
    .join(' ');
}

/** @param seconds @returns the two largest parts: `3 h 12 min` */
export const duration = orNothing((seconds) => durationIn(seconds, 2));
/** @param seconds @returns the largest part: `3 h` */
export const roughDuration = orNothing((seconds) => durationIn(seconds, 1));

export const timeOfDay = (at) => clock.format(at);
export const hourAndMinute = (at) => shortClock.format(at);

/** Ids are URL-encoded, which is not how people know them. */
export function plainId(id) {
  try {
    return decodeURIComponent(id.replaceAll('+', ' '));
  } catch {
    return id;
  }
}

/**
 * @returns what a participant is called: by its access token, else by its uid, into which the web page and the SDK put
 * `<id>:<base64 of the name>`, else the uid itself
 */
export function nameOf({ uid, name }) {
  return name ?? nameIn(uid);
}

function nameIn(uid) {
  const plain = plainId(uid);
  const encoded = UID_PATTERN.exec(plain)?.[2];
  if (encoded === undefined) return plain;
  try {
    const bytes = Uint8Array.from(atob(encoded), (character) => character.charCodeAt(0));
    const name = new TextDecoder('utf-8', { fatal: true }).decode(bytes).trim();
    return name === '' ? plain : name;
  } catch {
    return plain;
  }
}

export function plural(number, one, several = `${one}s`) {
  return `${count(number)} ${number === 1 ? one : several}`;
}
