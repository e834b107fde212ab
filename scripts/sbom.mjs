/** `npm run sbom`: the software bill of materials, in CycloneDX; `-- --write` writes docs/dependencies.md besides. */
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { compileTools } from './compile-tools.mjs';
import { ensureDependencies, root } from './dependencies.mjs';

// Imports follow each other because what a later one loads, an earlier one installs or builds.
try {
  ensureDependencies();
  const { build } = await import('./build.mjs');
  await build();
  const main = path.join(compileTools(), 'scripts/supply/main.js');
  const bill = await import(pathToFileURL(main).href);
  bill.main(process.argv.slice(2), root);
} catch (error) {
  console.error(`npm run sbom: ${error.message}`);
  process.exitCode = 1;
}
