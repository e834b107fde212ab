import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { DEPENDENCIES_DOCUMENT, dependenciesDocument } from './dependencies-document.js';
import {
  directDependencies,
  lockedPackages,
  packagesWithScripts,
  unverifiedPackages,
} from './locked-packages.js';

const ROOT = path.resolve(import.meta.dirname, '../..');
const PERMISSIVE = ['0BSD', 'Apache-2.0', 'BSD-2-Clause', 'BSD-3-Clause', 'ISC', 'MIT'];
const read = (file: string) => readFileSync(path.join(ROOT, file), 'utf8');

test('CONTRIBUTING.md tells why each package is there that we ask for, and of no other', () => {
  const [, section = ''] = read('CONTRIBUTING.md').split('## Dependencies\n');
  const rows = [...section.matchAll(/^\| ([^|]+?) \|/gm)].map(([, name]) => name ?? '');
  expect(rows.filter((name) => name !== 'package' && !name.startsWith('--')).sort()).toEqual(
    directDependencies(ROOT),
  );
});

test('docs/dependencies.md lists what runs, all of it (npm run sbom -- --write)', () => {
  expect(read(DEPENDENCIES_DOCUMENT)).toBe(dependenciesDocument(lockedPackages(ROOT)));
});

test('every package is installed from the registry, by the hash that the lock file has', () => {
  expect(unverifiedPackages(ROOT)).toEqual([]);
});

test('npm is told to run no install scripts', () => {
  expect(read('.npmrc')).toMatch(/^ignore-scripts=true$/m);
});

test('the only install script is one that is not needed: what it would build comes as a package', () => {
  expect(packagesWithScripts(ROOT)).toEqual(['koffi']);
  const prebuilt = path.join(ROOT, `node_modules/@koromix/koffi-${process.platform}-${process.arch}`);
  expect(existsSync(prebuilt)).toBe(true);
});

test('what runs may be used by anybody: its licences are permissive', () => {
  const others = lockedPackages(ROOT).filter(({ licence }) => !PERMISSIVE.includes(licence));
  expect(others.map(({ name, licence }) => `${name}: ${licence}`)).toEqual([]);
});
