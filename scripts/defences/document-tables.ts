/** The tables of promises in the documents, between markers that name the area. */
import path from 'node:path';
import { table } from '../../bench/report/markdown.js';
import type { Area } from './areas.js';
import { type Defence, type DefenceDocument, DOCUMENT_FILES } from './defence.js';
import type { Sighting, Sightings } from './sightings.js';

const HEAD = ['promise', 'test that proves it', 'without the defence it says', 'last figure'];
/** Stands for what `npm run defences -- --write` has not yet seen. */
const UNSEEN = '–';

/**
 * @param text the document as it is
 * @param sightingsOf an area, by its name
 * @returns the document with the tables of these areas as they are to be
 * @throws Error when an area has rows for the document and no markers in it
 */
export function withTables(
  text: string,
  document: DefenceDocument,
  areas: readonly Area[],
  sightingsOf: (area: string) => Sightings,
): string {
  return areas.reduce((before, { name, rows }) => {
    const own = rows.filter((row) => row.document === document);
    const [begin, end] = [`<!-- defences: ${name} -->`, `<!-- end of defences: ${name} -->`];
    const [from, to] = [before.indexOf(begin), before.indexOf(end)];
    if (from < 0 || to < from) {
      if (own.length === 0) return before;
      throw new Error(`${DOCUMENT_FILES[document]} needs the lines "${begin}" and "${end}", for their table`);
    }
    const sightings = sightingsOf(name);
    const lines = own.map((row) => lineOf(row, sightings[row.promise]));
    const content = table(HEAD, lines, HEAD.length).join('\n');
    return `${before.slice(0, from + begin.length)}\n${content}${before.slice(to)}`;
  }, text);
}

function lineOf(row: Defence, sighting: Sighting | undefined): readonly string[] {
  const link = path.posix.relative(path.posix.dirname(DOCUMENT_FILES[row.document]), row.test);
  const proof = `[${row.name.replaceAll(/[[\]]/g, '\\$&')}](${link})`;
  if (sighting === undefined) return [row.promise, proof, UNSEEN, UNSEEN];
  return [row.promise, proof, `\`${sighting.without}\``, sighting.figure ?? `holds, ${sighting.seen}`];
}
