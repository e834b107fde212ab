/** The room in the page's address: `/?room=name`, and `/#name` for those who write links by hand. */
const PARAMETER = 'room';

/** @returns the room that the address names, or an empty text */
export function roomIn(address: string): string {
  const url = new URL(address);
  const named = url.searchParams.get(PARAMETER)?.trim() ?? '';
  return named === '' ? unescaped(url.hash.replace(/^#\/?/, '')).trim() : named;
}

/** @returns the address at which others find the room */
export function addressOf(room: string, address: string): string {
  const url = new URL(address);
  url.searchParams.set(PARAMETER, room);
  url.hash = '';
  return url.href;
}

function unescaped(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
