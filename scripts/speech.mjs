/** `npm run speech`: sets up and builds what the report on speech needs, then makes it. */
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { compileTools } from './compile-tools.mjs';
import { ensureDependencies, root } from './dependencies.mjs';
import { ensurePrograms } from './programs.mjs';

// Imports follow each other because what a later one loads, an earlier one installs or builds.
try {
  ensureDependencies();
  ensurePrograms();
  const { build } = await import('./build.mjs');
  await build();
  const main = path.join(compileTools(), 'bench/speech/main.js');
  const speech = await import(pathToFileURL(main).href);
  speech.main(root);
} catch (error) {
  console.error(`npm run speech: ${error.message}`);
  process.exitCode = 1;
}
