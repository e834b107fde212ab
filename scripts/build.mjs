/** `npm run build`: compiles the kernel and the packages. Quick when nothing has changed. */
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildClient } from '../packages/client/build.mjs';
import { buildKernel } from '../packages/kernel/build.mjs';
import { buildWeb } from '../packages/web/build.mjs';
import { root } from './dependencies.mjs';

/** @throws Error when something does not compile; what and where has been printed */
export async function build() {
  await buildKernel();
  compile('packages/kraken', 'packages/client');
  await buildClient();
  compile('packages/web');
  await buildWeb();
}

function compile(...projects) {
  const tsc = path.join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  const { status } = spawnSync(process.execPath, [tsc, '-b', ...projects], { cwd: root, stdio: 'inherit' });
  if (status !== 0) throw new Error('the TypeScript does not compile');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    await build();
  } catch (error) {
    console.error(`build: ${error.message}`);
    process.exit(1);
  }
}
