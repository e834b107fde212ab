/** A copy of the repository in which defences are removed and put back, so that the repository itself is never without. */
import { execFileSync, spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Removal } from './defence.js';

/** TypeScript's codes of text that is not TypeScript. Other faults, such as an import that is no longer used, are expected. */
const SYNTAX_ERROR = /error TS1\d{3}:.*/;
/** Packages that are not compiled by tsc alone. */
const OTHERWISE_BUILT = /^packages\/(kernel|client|web)\//;

export class CopiedTree {
  readonly path: string;
  readonly #root: string;

  /** @param root the repository, which has been built */
  constructor(root: string) {
    this.#root = root;
    this.path = mkdtempSync(path.join(tmpdir(), 'kraken-defences-'));
    const listed = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
      cwd: root,
      encoding: 'utf8',
    });
    for (const file of listed.split('\0')) {
      if (file !== '' && existsSync(path.join(root, file))) this.#copy(file);
    }
    for (const name of readdirSync(path.join(root, 'packages'))) {
      const folder = path.join('packages', name);
      if (existsSync(path.join(root, folder, 'dist'))) this.#copy(path.join(folder, 'dist'));
      this.#link(path.join(folder, 'node_modules'));
    }
    this.#linkModules();
  }

  remove(): void {
    rmSync(this.path, { recursive: true, force: true });
  }

  /**
   * Removes a defence while something is done.
   * @param built whether packages are compiled without it, and with it again behind that
   * @throws Error when the edit does not fit the file, or what it leaves does not compile
   */
  async without<T>(removal: Removal, built: boolean, task: () => Promise<T>): Promise<T> {
    const file = path.join(this.path, removal.file);
    const text = readFileSync(file, 'utf8');
    if (text.split(removal.find).length !== 2) {
      throw new Error(`${removal.file} has not exactly one ${JSON.stringify(removal.find)}`);
    }
    writeFileSync(
      file,
      text.replace(removal.find, () => removal.replace),
    );
    try {
      if (built) this.#build(removal.file);
      return await task();
    } finally {
      writeFileSync(file, text);
      if (built) this.#build(removal.file);
    }
  }

  #build(file: string): void {
    const args = OTHERWISE_BUILT.test(file)
      ? ['scripts/build.mjs']
      : [path.join(this.#root, 'node_modules/typescript/bin/tsc'), '-b', 'packages/kraken'];
    const { status, stdout, stderr } = spawnSync(process.execPath, args, {
      cwd: this.path,
      encoding: 'utf8',
    });
    const fault = SYNTAX_ERROR.exec(stdout)?.[0];
    if (fault !== undefined) throw new Error(`without the defence, ${file} does not compile: ${fault}`);
    if (status !== 0 && OTHERWISE_BUILT.test(file)) throw new Error(`the build fails: ${stdout}${stderr}`);
  }

  #copy(file: string): void {
    const target = path.join(this.path, file);
    mkdirSync(path.dirname(target), { recursive: true });
    cpSync(path.join(this.#root, file), target, { recursive: true, preserveTimestamps: true });
  }

  #link(folder: string): void {
    const original = path.join(this.#root, folder);
    if (existsSync(original)) symlinkSync(original, path.join(this.path, folder));
  }

  /** What is installed is the repository's own, but for the packages of the project, which are the copy's. */
  #linkModules(): void {
    const modules = path.join(this.path, 'node_modules');
    mkdirSync(path.join(modules, '@kraken'), { recursive: true });
    for (const name of readdirSync(path.join(this.#root, 'node_modules'))) {
      if (name !== '@kraken' && name !== '.cache' && name !== '.vite')
        this.#link(path.join('node_modules', name));
    }
    for (const name of readdirSync(path.join(this.#root, 'packages'))) {
      const { name: module } = JSON.parse(
        readFileSync(path.join(this.path, 'packages', name, 'package.json'), 'utf8'),
      );
      symlinkSync(path.join('../../packages', name), path.join(modules, module));
    }
  }
}
