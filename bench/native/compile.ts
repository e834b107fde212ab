/** Compiles the C programs beside this file where a C compiler is at hand. */
import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import path from 'node:path';

const COMPILERS = ['gcc', 'clang', 'cc'];
const FLAGS = ['-O3', '-std=gnu11', '-Wall', '-Wextra'];

/** A program cannot be had on this machine; the message says why. */
export class NativeError extends Error {
  override readonly name = 'NativeError';
}

export interface NativeProgram {
  readonly path: string;
  /** The compiler, by its own words. */
  readonly compiler: string;
}

/**
 * @param root the repository
 * @param name of the program: `bench/native/NAME.c`
 * @param flags more of them for the compiler, such as libraries
 * @returns the program, compiled to artifacts/bench/native
 * @throws NativeError
 */
export function compileNative(root: string, name: string, flags: readonly string[] = []): NativeProgram {
  if (process.platform !== 'linux') throw new NativeError('the native programs are written for Linux');
  const [compiler, version] = findCompiler();
  const folder = path.join(root, 'artifacts/bench/native');
  mkdirSync(folder, { recursive: true });
  const program = path.join(folder, name);
  const source = path.join(root, 'bench/native', `${name}.c`);
  const { status, stderr } = spawnSync(compiler, [...FLAGS, source, '-o', program, ...flags], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new NativeError(`${compiler} does not compile ${name}.c: ${firstLine(stderr)}`);
  return { path: program, compiler: version };
}

/**
 * Runs a native program that prints one line of JSON.
 * @throws NativeError when it fails
 */
export function runNative(program: NativeProgram, args: readonly string[]): unknown {
  const { status, stdout, stderr } = spawnSync(program.path, args, { encoding: 'utf8' });
  if (status !== 0) throw new NativeError(`${path.basename(program.path)} failed: ${firstLine(stderr)}`);
  return JSON.parse(stdout);
}

function findCompiler(): [name: string, version: string] {
  for (const compiler of COMPILERS) {
    const { status, stdout } = spawnSync(compiler, ['--version'], { encoding: 'utf8' });
    if (status === 0) return [compiler, firstLine(stdout)];
  }
  throw new NativeError('there is no C compiler; Debian has one in the package gcc');
}

function firstLine(text: string): string {
  return text.trim().split('\n')[0] ?? '';
}
