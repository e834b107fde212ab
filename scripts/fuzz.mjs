/** `npm run fuzz`: sets up and builds what fuzzing needs, then fuzzes. */
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { ensureDependencies, root } from './dependencies.mjs';

// Imports follow each other because what a later one loads, an earlier one installs or builds.
try {
  ensureDependencies();
  const { build } = await import('./build.mjs');
  await build();
  const { rolldown } = await import('rolldown');
  const file = path.join(root, 'node_modules/.cache/fuzz/main.js');
  const bundle = await rolldown({
    input: path.join(root, 'fuzz/main.ts'),
    tsconfig: false,
    platform: 'node',
    external: (id) => !id.startsWith('.') && !path.isAbsolute(id),
    resolve: { extensionAlias: { '.js': ['.ts'] } },
  });
  await bundle.write({ file, format: 'esm', codeSplitting: false });
  await bundle.close();
  const { main } = await import(pathToFileURL(file).href);
  process.exitCode = await main(root, process.argv.slice(2));
} catch (error) {
  console.error(`npm run fuzz: ${error.message}`);
  process.exitCode = 1;
}
