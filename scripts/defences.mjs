/**
 * `npm run defences`: sets up and builds what is needed, then removes each defence in turn and sees its test fail.
 * `npm run defences -- --help` tells the options.
 */
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { compileTools } from './compile-tools.mjs';
import { ensureDependencies, root } from './dependencies.mjs';

// Imports follow each other because what a later one loads, an earlier one installs or builds.
try {
  ensureDependencies();
  const { build } = await import('./build.mjs');
  await build();
  const main = path.join(compileTools(), 'scripts/defences/main.js');
  const defences = await import(pathToFileURL(main).href);
  process.exitCode = await defences.main(process.argv.slice(2), root);
} catch (error) {
  console.error(`npm run defences: ${error.message}`);
  process.exitCode = 1;
}
