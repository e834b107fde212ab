/** `npm run simulate`: bundles the simulation of a whole engine from its sources, and runs it; `--no-build` where all is built. */
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { ensureDependencies, root } from './dependencies.mjs';

try {
  ensureDependencies();
  const { build } = await import('./build.mjs');
  if (!process.argv.includes('--no-build')) await build();
  const { rolldown } = await import('rolldown');
  const bundle = await rolldown({
    input: path.join(root, 'packages/engine/test/simulation/main.ts'),
    platform: 'node',
    external: (id) => !id.startsWith('.') && !path.isAbsolute(id),
  });
  const file = path.join(root, 'packages/engine/node_modules/.cache/simulation/main.mjs');
  await bundle.write({ file, format: 'esm', codeSplitting: false });
  await bundle.close();
  const { main } = await import(pathToFileURL(file).href);
  process.exitCode = await main(process.argv.slice(2).filter((arg) => arg !== '--no-build'));
} catch (error) {
  console.error(`npm run simulate: ${error.message}`);
  process.exitCode = 1;
}
