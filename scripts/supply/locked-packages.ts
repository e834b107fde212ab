/** What package-lock.json has npm install to run engine and monitor, and who asks for each package. */
import { readFileSync } from 'node:fs';
import path from 'node:path';

export interface LockedPackage {
  readonly name: string;
  readonly version: string;
  /** As the package names it, in SPDX. */
  readonly licence: string;
  /** Hash of what is installed, as in Subresource Integrity; empty for none. */
  readonly integrity: string;
  /** Where it comes from, when that is not npm's registry; else empty. */
  readonly origin: string;
  readonly hasInstallScript: boolean;
  /** Names of the packages that ask for it, sorted; ours by what stands behind @kraken/. */
  readonly askedFor: readonly string[];
}

/** What is read of an entry of the lock file. */
interface LockEntry {
  readonly version?: string;
  readonly license?: string;
  readonly integrity?: string;
  readonly resolved?: string;
  readonly link?: boolean;
  readonly dev?: boolean;
  readonly hasInstallScript?: boolean;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

const REGISTRY = 'https://registry.npmjs.org/';
const OURS = '@kraken/';

/** @returns all packages that run, one for each name and version, sorted */
export function lockedPackages(root: string): readonly LockedPackage[] {
  const entries = readLock(root).filter(([, { dev, link }]) => dev !== true && link !== true);
  const found = new Map<string, LockedPackage>();
  for (const [place, entry] of entries) {
    const name = nameOf(place);
    if (name === null) continue;
    const { version = '', license: licence = '', integrity = '', resolved = '' } = entry;
    found.set(`${name}@${version}`, {
      name,
      version,
      licence,
      integrity,
      origin: resolved.startsWith(REGISTRY) ? '' : resolved,
      hasInstallScript: entry.hasInstallScript === true,
      askedFor: entries.flatMap(([by, other]) => (asksFor(other, name) ? [shortName(by, root)] : [])).sort(),
    });
  }
  return [...found.values()].sort((a, b) => compare(a.name, b.name) || compare(a.version, b.version));
}

/** @returns names of the packages that ours ask for themselves, sorted */
export function directDependencies(root: string): readonly string[] {
  const names = readLock(root)
    .filter(([place]) => place.startsWith('packages/') && !place.includes('node_modules/'))
    .flatMap(([, { dependencies = {} }]) => Object.keys(dependencies))
    .filter((name) => !name.startsWith(OURS));
  return [...new Set(names)].sort(compare);
}

/** @returns all packages of the lock file, those for development too, that run a script when they are installed */
export function packagesWithScripts(root: string): readonly string[] {
  return readLock(root).flatMap(([place, { hasInstallScript }]) =>
    hasInstallScript === true ? [nameOf(place) ?? place] : [],
  );
}

/** @returns places of packages that are installed from somewhere else than the registry, or without a hash */
export function unverifiedPackages(root: string): readonly string[] {
  return readLock(root).flatMap(([place, { link, integrity, resolved = REGISTRY }]) => {
    if (nameOf(place) === null || link === true) return [];
    return integrity?.startsWith('sha512-') === true && resolved.startsWith(REGISTRY) ? [] : [place];
  });
}

function readLock(root: string): readonly (readonly [string, LockEntry])[] {
  const lock: { readonly packages: Readonly<Record<string, LockEntry>> } = JSON.parse(
    readFileSync(path.join(root, 'package-lock.json'), 'utf8'),
  );
  return Object.entries(lock.packages);
}

/** @returns the package that is installed at this place; null for one of ours */
function nameOf(place: string): string | null {
  const folder = 'node_modules/';
  const at = place.lastIndexOf(folder);
  return at < 0 ? null : place.slice(at + folder.length);
}

function shortName(place: string, root: string): string {
  return nameOf(place) ?? path.basename(path.join(root, place));
}

function asksFor({ dependencies = {}, optionalDependencies = {} }: LockEntry, name: string): boolean {
  return name in dependencies || name in optionalDependencies;
}

/** By code units, as everywhere alike. */
function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
