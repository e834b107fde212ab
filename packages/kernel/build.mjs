import { mkdir, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { generateAes } from './generate/aes.mjs';
import { generateSha1 } from './generate/sha1.mjs';

const ROOT = dirname(fileURLToPath(import.meta.url));
const OUTPUT = join(ROOT, 'dist', 'kernel.wasm');
const GENERATED = join(ROOT, 'dist', 'generated');
const SOURCES = [join(ROOT, 'assembly'), join(ROOT, 'generate')];

/** Where the compiler puts constants: above the scratch areas of assembly/scratch.ts. */
const MEMORY_BASE = 8192;

/**
 * Builds dist/kernel.wasm, unless it is newer than all that it is made of. Several processes may do so at once.
 *
 * @returns {Promise<void>}
 * @throws Error with the compiler's messages when the sources do not compile
 */
export async function buildKernel() {
  if (await isFresh()) return;
  await mkdir(GENERATED, { recursive: true });
  await replaceFile(join(GENERATED, 'aes.ts'), generateAes());
  await replaceFile(join(GENERATED, 'sha1.ts'), generateSha1());
  await replaceFile(OUTPUT, await compile());
}

async function isFresh() {
  const output = await stat(OUTPUT).catch(() => null);
  if (output === null) return false;
  const files = [fileURLToPath(import.meta.url)];
  for (const folder of SOURCES) for (const name of await readdir(folder)) files.push(join(folder, name));
  const times = await Promise.all(files.map(async (file) => (await stat(file)).mtimeMs));
  return Math.max(...times) < output.mtimeMs;
}

/** @returns {Promise<Uint8Array>} the module */
async function compile() {
  const { default: asc } = await import('assemblyscript/asc');
  let binary = null;
  const options = [
    join('assembly', 'index.ts'),
    ...['--outFile', 'kernel.wasm', '--baseDir', ROOT],
    ...['-O3', '--noAssert', '--runtime', 'stub', '--enable', 'simd'],
    ...['--importMemory', '--noExportMemory', '--initialMemory', '1', '--memoryBase', String(MEMORY_BASE)],
  ];
  const { error, stderr } = await asc.main(options, {
    writeFile: (_name, contents) => {
      binary = contents;
    },
  });
  if (error !== null || binary === null) throw new Error(`the kernel does not compile\n${stderr}`);
  return binary;
}

/** Writes beside the file and renames, so that nobody ever reads half of it. */
async function replaceFile(path, contents) {
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    await writeFile(temporary, contents);
    await rename(temporary, path);
  } finally {
    await rm(temporary, { force: true });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await buildKernel();
