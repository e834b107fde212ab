import { existsSync } from 'node:fs';
import path from 'node:path';

/** @returns the folder of the repository that this file, or the program that it was bundled into, lies in */
export function repositoryRoot(): string {
  let folder = import.meta.dirname;
  while (!existsSync(path.join(folder, 'fuzz/README.md'))) folder = path.dirname(folder);
  return folder;
}
