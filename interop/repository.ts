import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The repository's folder, also for code that was compiled to elsewhere in it. */
export const REPOSITORY = folderAbove(import.meta.dirname, 'package-lock.json');

function folderAbove(folder: string, file: string): string {
  if (existsSync(join(folder, file))) return folder;
  const above = dirname(folder);
  if (above === folder) throw new Error(`no folder above ${import.meta.dirname} has a ${file}`);
  return folderAbove(above, file);
}
