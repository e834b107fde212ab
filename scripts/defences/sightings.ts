/** What was seen when defences were last removed, kept in docs/defences, a file for each area. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** A test that held, and failed when its defence was removed. */
export interface Sighting {
  /** The day, as 2026-01-31. */
  readonly seen: string;
  /** What the test said without the defence: its message's first line. */
  readonly without: string;
  /** What the test measured with the defence, where it tells (`task.meta.figure`). */
  readonly figure?: string;
}

/** By promise. */
export type Sightings = Readonly<Record<string, Sighting>>;

/** @returns what was seen of an area; empty when it was never run */
export function readSightings(root: string, area: string): Sightings {
  const file = fileOf(root, area);
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {};
}

/**
 * Adds to what was seen of an area, and leaves out promises that are no longer made.
 * @param promises of the area, in the order of the file
 */
export function writeSightings(
  root: string,
  area: string,
  promises: readonly string[],
  news: ReadonlyMap<string, Sighting>,
): void {
  const before = readSightings(root, area);
  const kept = promises.flatMap((promise) => {
    const sighting = news.get(promise) ?? before[promise];
    return sighting === undefined ? [] : [[promise, sighting] as const];
  });
  if (kept.length === 0 && Object.keys(before).length === 0) return;
  writeFileSync(fileOf(root, area), `${JSON.stringify(Object.fromEntries(kept), null, 2)}\n`);
}

function fileOf(root: string, area: string): string {
  return path.join(root, 'docs/defences', `${area}.json`);
}
