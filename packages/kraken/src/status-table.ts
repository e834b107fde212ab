/** Writes what a cluster's monitor tells of its engines as a table for a terminal. */
import type { EngineRow } from './monitor-client.js';

/** Of an id, unless two engines' begin alike. */
const SHORT_ID_LENGTH = 8;
const GAP = '  ';
const HEADER = ['ENGINE', 'URL', 'REGION', 'VERSION', 'STATE', 'LOAD', 'ROOMS', 'PARTICIPANTS'];
/** From this column on there are numbers, which stand to the right. */
const FIRST_NUMBER = HEADER.indexOf('LOAD');

/** @returns lines, each ended; the last one holds the sums */
export function statusTable(engines: readonly EngineRow[]): string {
  const length = idLength(engines.map(({ id }) => id));
  const inOrder = [...engines].sort(
    (one, other) => compare(one.region, other.region) || compare(one.url, other.url),
  );
  const rows = inOrder.map(({ id, url, region, version, state, load, rooms, participants }) => [
    id.slice(0, length),
    url,
    region,
    version,
    state,
    `${Math.round(load * 100)}%`,
    String(rooms),
    String(participants),
  ]);
  return layOut([HEADER, ...rows, sumsOf(engines)]);
}

function sumsOf(engines: readonly EngineRow[]): readonly string[] {
  const counts = new Map<string, number>();
  for (const { state } of engines) counts.set(state, (counts.get(state) ?? 0) + 1);
  const states = [...counts].sort(([one], [other]) => compare(one, other));
  const total = `${engines.length} ${engines.length === 1 ? 'engine' : 'engines'}`;
  const what = [total, ...states.map(([state, count]) => `${count} ${state}`)];
  const rooms = engines.reduce((sum, engine) => sum + engine.rooms, 0);
  const participants = engines.reduce((sum, engine) => sum + engine.participants, 0);
  return ['all', what.join(', '), '', '', '', '', String(rooms), String(participants)];
}

/** @returns how much of the ids tells them apart, at least the usual length */
function idLength(ids: readonly string[]): number {
  const longest = Math.max(SHORT_ID_LENGTH, ...ids.map((id) => id.length));
  for (let length = SHORT_ID_LENGTH; length < longest; length++) {
    if (new Set(ids.map((id) => id.slice(0, length))).size === ids.length) return length;
  }
  return longest;
}

function layOut(rows: readonly (readonly string[])[]): string {
  const widths = HEADER.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const lines = rows.map((row) => {
    const cells = row.map((cell, column) => {
      const width = widths[column] ?? 0;
      return column < FIRST_NUMBER ? cell.padEnd(width) : cell.padStart(width);
    });
    return `${cells.join(GAP).trimEnd()}\n`;
  });
  return lines.join('');
}

function compare(one: string, other: string): number {
  if (one === other) return 0;
  return one < other ? -1 : 1;
}
