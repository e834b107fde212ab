/**
 * `npm run bench`: sets up and builds what the benchmark needs, then runs it. `npm run bench -- --help` tells the
 * options.
 */
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { ensureDependencies, root } from './dependencies.mjs';

const built = path.join(root, 'node_modules/.cache/tools');

// Imports follow each other because what a later one loads, an earlier one installs or builds.
try {
  ensureDependencies();
  const { build } = await import('./build.mjs');
  await build();
  compileTools();
  const { main } = await import(pathToFileURL(path.join(built, 'bench/main.js')).href);
  process.exitCode = await main(process.argv.slice(2), root);
} catch (error) {
  console.error(`npm run bench: ${error.message}`);
  process.exitCode = 1;
}

function compileTools() {
  const tsc = path.join(root, 'node_modules/typescript/bin/tsc');
  const { status } = spawnSync(process.execPath, [tsc, '-b', 'tsconfig.tools.json'], {
    cwd: root,
    stdio: 'inherit',
  });
  if (status !== 0) throw new Error('the benchmark does not compile');
}
