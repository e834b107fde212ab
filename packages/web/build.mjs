/** Makes `dist`, which engine and monitor serve: the page, its styles as one file and its modules as one. */
import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { rolldown } from 'rolldown';

const folder = import.meta.dirname;
const page = path.join(folder, 'page');
const dist = path.join(folder, 'dist');
/** The server serves the SDK beside the app, for it and for everybody else. */
const SDK = '@kraken/client';
const SERVED_SDK = './kraken-client.js';
/** In the order of the cascade. */
const STYLES = ['base', 'controls', 'prejoin', 'call', 'tile', 'sheet', 'ended'];

/** Bundles the app, whose types somebody else has checked. */
export async function buildWeb() {
  rmSync(dist, { recursive: true, force: true });
  mkdirSync(dist, { recursive: true });
  for (const entry of readdirSync(page, { withFileTypes: true })) {
    if (entry.isFile()) copyFileSync(path.join(page, entry.name), path.join(dist, entry.name));
  }
  const styles = STYLES.map((name) => readFileSync(path.join(page, 'styles', `${name}.css`), 'utf8'));
  writeFileSync(path.join(dist, 'style.css'), styles.join('\n'));
  const bundle = await rolldown({
    input: path.join(folder, 'src/main.ts'),
    external: [SDK],
    tsconfig: false,
  });
  await bundle.write({
    file: path.join(dist, 'app.js'),
    format: 'esm',
    minify: true,
    paths: { [SDK]: SERVED_SDK },
  });
  await bundle.close();
}
