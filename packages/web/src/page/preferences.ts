/** What the browser remembers for the next visit. */
const KEYS = {
  name: 'kraken.name',
  microphone: 'kraken.microphone',
  output: 'kraken.output',
} as const;

export type Preference = keyof typeof KEYS;

/** @returns an empty text when nothing is remembered, or nothing may be */
export function remembered(preference: Preference): string {
  try {
    return localStorage.getItem(KEYS[preference]) ?? '';
  } catch {
    return '';
  }
}

/** Where storage is forbidden, the next visit begins anew. */
export function remember(preference: Preference, value: string): void {
  try {
    localStorage.setItem(KEYS[preference], value);
  } catch {
    // Nothing depends on it.
  }
}
