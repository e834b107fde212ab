/** What stands for a person's face. */
/** In degrees of OKLCH, of those that look well under white letters. */
const HUES = [5, 30, 145, 165, 185, 205, 225, 250, 275, 300, 325, 345] as const;
/** Of the hash FNV-1a with 32 bits. */
const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

/** @returns one or two letters for a name of any script */
export function initialsOf(name: string): string {
  const words = name.match(/[\p{L}\p{N}]+/gu) ?? [];
  const first = words[0] ?? '?';
  const last = words.length > 1 ? (words[words.length - 1] ?? '') : '';
  return `${initial(first)}${initial(last)}`;
}

/** @returns a hue in degrees, the same for the same uid on everyone's screen */
export function hueOf(uid: string): number {
  let hash = FNV_OFFSET;
  for (const character of uid) hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), FNV_PRIME);
  return HUES[((hash ^ (hash >>> 15)) >>> 0) % HUES.length] ?? HUES[0];
}

function initial(word: string): string {
  return (Array.from(word)[0] ?? '').toUpperCase();
}
