import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { root } from './dependencies.mjs';

/**
 * Compiles the benchmark and what it shares with the interop suite.
 * @returns the folder of the compiled files
 * @throws Error when something does not compile; what and where has been printed
 */
export function compileTools() {
  const tsc = path.join(root, 'node_modules/typescript/bin/tsc');
  const { status } = spawnSync(process.execPath, [tsc, '-b', 'tsconfig.tools.json'], {
    cwd: root,
    stdio: 'inherit',
  });
  if (status !== 0) throw new Error('the benchmark does not compile');
  return path.join(root, 'node_modules/.cache/tools');
}
