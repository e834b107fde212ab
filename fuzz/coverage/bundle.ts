/** Makes a program of the fuzzer and its targets in which what is fuzzed is instrumented. */
import path from 'node:path';
import { type Plugin, rolldown } from 'rolldown';
import { transformSync } from 'rolldown/utils';
import { instrument } from './instrument.js';

/** Packages of others that read what strangers send: they are fuzzed with the rest. */
const FUZZED_PACKAGES = ['sdp-transform', 'smol-toml', 'jose'];
/** Those of which several versions are installed: each module gets its own. */
const BUNDLED_PACKAGES = [...FUZZED_PACKAGES, 'zod'];
const WORKSPACE = '@kraken/';
/** It has no TypeScript: its program is loaded as a file. */
const KERNEL = '@kraken/kernel/';

/**
 * Bundles `fuzz/explore-process.ts`.
 * @param root the repository
 * @param folder where to write; within the repository, so that packages are found from there
 * @returns the program's file
 */
export async function bundleFuzzer(root: string, folder: string): Promise<string> {
  const bundle = await rolldown({
    input: path.join(root, 'fuzz/explore-process.ts'),
    tsconfig: false,
    platform: 'node',
    external: isExternal,
    plugins: [workspaceSources(root), instrumentation(root)],
    resolve: { extensionAlias: { '.js': ['.ts', '.js'] } },
  });
  await bundle.write({
    dir: folder,
    format: 'esm',
    entryFileNames: '[name].js',
    chunkFileNames: '[name].js',
  });
  await bundle.close();
  return path.join(folder, 'explore-process.js');
}

function isExternal(id: string): boolean {
  if (id.startsWith('.') || path.isAbsolute(id) || id.startsWith('\0')) return false;
  if (id.startsWith(WORKSPACE)) return id.startsWith(KERNEL);
  return !BUNDLED_PACKAGES.some((name) => id === name || id.startsWith(`${name}/`));
}

/** Packages of the workspace are taken from their sources, so that each module is there once, and instrumented. */
function workspaceSources(root: string): Plugin {
  return {
    name: 'workspace-sources',
    resolveId(id) {
      const match = /^@kraken\/([\w-]+)(?:\/(?:internal\/)?(.+))?$/.exec(id);
      if (match === null || id.startsWith(KERNEL)) return null;
      const [, name, module] = match;
      return path.join(root, 'packages', name ?? '', 'src', `${module ?? 'index'}.ts`);
    },
  };
}

function instrumentation(root: string): Plugin {
  const sources = path.join(root, 'packages') + path.sep;
  const others = FUZZED_PACKAGES.map((name) => path.join(root, 'node_modules', name) + path.sep);
  return {
    name: 'instrumentation',
    transform(code, id) {
      const isOurs = id.startsWith(sources) && id.endsWith('.ts') && !isTestCode(id);
      if (!isOurs && !others.some((folder) => id.startsWith(folder))) return null;
      const { code: plain, errors } = isOurs ? transformSync(id, code) : { code, errors: [] };
      if (errors[0] !== undefined) throw new SyntaxError(`${id}: ${errors[0].message}`);
      return { code: instrument(plain), moduleType: 'js', map: null };
    },
  };
}

function isTestCode(id: string): boolean {
  return /[\\/]testing[\\/]|\.(?:test|fixture)\.ts$/.test(id);
}
