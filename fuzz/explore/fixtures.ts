/** The files under `fuzz/corpus` and `fuzz/crashes`. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { readFixture, writeFixture } from '../input/fixture-text.js';

const HASH_LENGTH = 10;

export interface CrashFixture {
  /** Relative to the repository. */
  readonly file: string;
  readonly input: Uint8Array;
}

/** @param root the repository */
export function readCorpus(root: string, target: string): Uint8Array[] {
  const file = corpusFile(root, target);
  return existsSync(file) ? linesOf(file).map(readFixture) : [];
}

export function writeCorpus(root: string, target: string, inputs: readonly Uint8Array[]): void {
  const lines = inputs.map(writeFixture).sort();
  const file = corpusFile(root, target);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, lines.map((line) => `${line}\n`).join(''));
}

/** Inputs that once broke the target. */
export function readCrashes(root: string, target: string): CrashFixture[] {
  const folder = crashFolder(root, target);
  if (!existsSync(folder)) return [];
  return readdirSync(folder).map((name) => ({
    file: path.relative(root, path.join(folder, name)),
    input: readFixture(linesOf(path.join(folder, name))[0] ?? ''),
  }));
}

/** @returns the file, relative to the repository */
export function writeCrash(root: string, target: string, input: Uint8Array): string {
  const hash = createHash('sha256').update(input).digest('hex').slice(0, HASH_LENGTH);
  const file = path.join(crashFolder(root, target), `${hash}.txt`);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, `${writeFixture(input)}\n`);
  return path.relative(root, file);
}

function corpusFile(root: string, target: string): string {
  return path.join(root, 'fuzz/corpus', `${target}.txt`);
}

function crashFolder(root: string, target: string): string {
  return path.join(root, 'fuzz/crashes', target);
}

/** An empty line is the empty input. */
function linesOf(file: string): string[] {
  const text = readFileSync(file, 'utf8');
  return text === '' ? [] : text.replace(/\n$/, '').split('\n');
}
