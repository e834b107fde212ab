/** `npm run scaling`: sets up and builds what the simulation of clusters needs, then runs it. */
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { compileTools } from './compile-tools.mjs';
import { ensureDependencies, root } from './dependencies.mjs';

// Imports follow each other because what a later one loads, an earlier one installs or builds.
try {
  ensureDependencies();
  const { build } = await import('./build.mjs');
  await build();
  const main = path.join(compileTools(), 'bench/scaling/main.js');
  const scaling = await import(pathToFileURL(main).href);
  process.exitCode = scaling.main(process.argv.slice(2), root);
} catch (error) {
  console.error(`npm run scaling: ${error.message}`);
  process.exitCode = 1;
}
