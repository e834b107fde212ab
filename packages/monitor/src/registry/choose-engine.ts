/**
 * The power of two choices: of two engines at random the less loaded one takes the room. Whoever always takes the least
 * loaded sends everybody to the same engine until its load shows; two choices spread nearly as well and do not
 * (M. Mitzenmacher, The Power of Two Choices in Randomized Load Balancing, IEEE TPDS 12(10), 2001).
 */
import type { EngineEntry } from './engine-entry.js';

/** Draws before the candidates are sought one by one: enough unless nearly all engines are full or dead. */
const DRAWS = 8;

/** @returns a number from 0 (inclusive) to 1 (exclusive) */
export type Random = () => number;

/**
 * @param engines to choose from
 * @param hasRoom whether an engine may be chosen
 * @param loadOf the less, the better
 * @returns the engine, or null when none may be chosen
 */
export function chooseEngine(
  engines: readonly EngineEntry[],
  hasRoom: (engine: EngineEntry) => boolean,
  loadOf: (engine: EngineEntry) => number,
  random: Random,
): EngineEntry | null {
  const first = draw(engines, hasRoom, random, null);
  if (first === null) return null;
  const second = draw(engines, hasRoom, random, first);
  return second !== null && loadOf(second) < loadOf(first) ? second : first;
}

/** @param other is not drawn again */
function draw(
  engines: readonly EngineEntry[],
  hasRoom: (engine: EngineEntry) => boolean,
  random: Random,
  other: EngineEntry | null,
): EngineEntry | null {
  for (let i = 0; i < DRAWS; i++) {
    const engine = engines[Math.floor(random() * engines.length)];
    if (engine !== undefined && engine !== other && hasRoom(engine)) return engine;
  }
  const usable = engines.filter((engine) => engine !== other && hasRoom(engine));
  return usable[Math.floor(random() * usable.length)] ?? null;
}
