/**
 * `npm run bench`: sets up and builds what the benchmark needs, then runs it. `npm run bench -- --help` tells the
 * options.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { ensureDependencies, root } from './dependencies.mjs';

const built = path.join(root, 'node_modules/.cache/tools');

try {
  ensureDependencies();
  run(process.execPath, ['scripts/build.mjs']);
  run(path.join(root, 'node_modules/.bin/tsc'), ['-b', 'tsconfig.tools.json']);
} catch (error) {
  console.error(`npm run bench: ${error instanceof Error ? error.message : error}`);
  process.exit(1);
}
linkPackages();
const { main } = await import(pathToFileURL(path.join(built, 'bench/main.js')).href);
process.exit(await main(process.argv.slice(2), root));

function run(command, args) {
  if (spawnSync(command, args, { cwd: root, stdio: 'inherit' }).status !== 0) {
    throw new Error(`${path.basename(args[0])} failed`);
  }
}

/** The tools import the engine's built modules by their path in the repository, which their own build is not under. */
function linkPackages() {
  const link = path.join(built, 'packages');
  if (existsSync(link)) return;
  mkdirSync(built, { recursive: true });
  symlinkSync(path.join(root, 'packages'), link, 'dir');
}
