import { readFileSync } from 'node:fs';

/** @returns Kraken's version, as this package states it: all packages have the same */
export function readVersion(): string {
  const description: unknown = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
  const isVersioned = typeof description === 'object' && description !== null && 'version' in description;
  return isVersioned ? String(description.version) : 'unknown';
}
