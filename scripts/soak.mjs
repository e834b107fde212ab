/**
 * `npm run soak`: sets up and builds what the soak needs, then runs it. `npm run soak -- --help` tells the options.
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
  const built = compileTools();
  const { main } = await import(pathToFileURL(path.join(built, 'bench/soak/main.js')).href);
  process.exitCode = await main(process.argv.slice(2), root);
} catch (error) {
  console.error(`npm run soak: ${error.message}`);
  process.exitCode = 1;
}
