/** Makes `dist`: what is served to browsers, and the declarations that belong to it. */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { rolldown } from 'rolldown';

const folder = import.meta.dirname;
const declarations = path.join(folder, '../../node_modules/.cache/client');
/** Modules whose declarations are the public ones, each after those that it needs. */
const PUBLIC_MODULES = ['errors', 'api', 'devices', 'open-microphone', 'meter', 'join'];

/** Bundles the SDK, after the TypeScript compiler has written its declarations. */
export async function buildClient() {
  const bundle = await rolldown({ input: path.join(folder, 'src/index.ts'), tsconfig: false });
  await bundle.write({
    file: path.join(folder, 'dist/kraken-client.js'),
    format: 'esm',
    minify: true,
    sourcemap: true,
  });
  await bundle.close();
  writeFileSync(path.join(folder, 'dist/kraken-client.d.ts'), declare());
}

/** One file for all declarations: what the modules import from each other is in it anyway. */
function declare() {
  const texts = PUBLIC_MODULES.map((name) =>
    readFileSync(path.join(declarations, `${name}.d.ts`), 'utf8')
      .replaceAll(/^import .*\n/gm, '')
      .replaceAll(/^\/\/# sourceMappingURL=.*\n?/gm, ''),
  );
  return texts.join('');
}
