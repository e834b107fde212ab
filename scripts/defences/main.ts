/** `npm run defences`: sees that each promise is held by a test, which fails when the defence is removed. */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { OptionError } from '../../bench/option-values.js';
import { AREAS } from './areas.js';
import { CopiedTree } from './copied-tree.js';
import { type Defence, type DefenceDocument, DOCUMENT_FILES } from './defence.js';
import { withTables } from './document-tables.js';
import { type DefencesOptions, parseDefencesOptions, USAGE } from './options.js';
import { RemovalRun } from './removal-run.js';
import { readSightings, type Sighting, writeSightings } from './sightings.js';

const DOCUMENTS: readonly DefenceDocument[] = ['SECURITY', 'reliability'];

/**
 * @param args behind the program's name
 * @param root the repository, which has been built
 * @returns the process's exit code: 1 when a defence is not proven
 */
export async function main(args: readonly string[], root: string): Promise<number> {
  try {
    const options = parseDefencesOptions(args);
    if (options === null) {
      console.log(USAGE);
      return 0;
    }
    if (!options.tables) return await removeAll(options, root);
    writeTables(root);
    return 0;
  } catch (error) {
    if (!(error instanceof OptionError)) throw error;
    console.error(`${error.message}\n\n${USAGE}`);
    return 1;
  }
}

async function removeAll({ only, write, jobs }: DefencesOptions, root: string): Promise<number> {
  const rows = AREAS.flatMap(({ name, rows }) => rows.filter((row) => isMeant(name, row, only)));
  if (rows.length === 0) throw new OptionError(`no row contains ${JSON.stringify(only)}`);
  const sightings = new Map<string, Sighting>();
  const files = [...new Set(rows.map(({ test }) => test))]
    .map((file) => rows.filter(({ test }) => test === file))
    .values();
  await Promise.all(Array.from({ length: jobs }, () => removeEach(root, files, sightings)));
  if (write) {
    for (const { name, rows } of AREAS) {
      writeSightings(
        root,
        name,
        rows.map(({ promise }) => promise),
        sightings,
      );
    }
    writeTables(root);
  }
  console.log(`${sightings.size} held, ${rows.length - sightings.size} not proven`);
  return sightings.size === rows.length ? 0 : 1;
}

/**
 * Works in a copy of its own until no file of tests is left.
 * @param files rows of each file of tests, of which others take theirs meanwhile
 * @param sightings of what held
 */
async function removeEach(
  root: string,
  files: Iterable<readonly Defence[]>,
  sightings: Map<string, Sighting>,
): Promise<void> {
  const tree = new CopiedTree(root);
  try {
    const run = new RemovalRun(tree, path.join(root, 'node_modules/vitest/vitest.mjs'));
    for (const rows of files) {
      for await (const { row, sighting, problem } of run.of(rows)) {
        if (sighting !== null) sightings.set(row.promise, sighting);
        console.log(`${sighting === null ? 'NOT PROVEN' : 'held'}  ${row.promise}\n    ${problem}`);
      }
    }
  } finally {
    tree.remove();
  }
}

function isMeant(area: string, row: Defence, text: string): boolean {
  return [area, row.promise, row.test, row.name, row.removal.file].some((part) => part.includes(text));
}

function writeTables(root: string): void {
  for (const document of DOCUMENTS) {
    const file = path.join(root, DOCUMENT_FILES[document]);
    const text = readFileSync(file, 'utf8');
    writeFileSync(
      file,
      withTables(text, document, AREAS, (area) => readSightings(root, area)),
    );
  }
}
