/** Whether what an engine holds in calm has grown: counts have to be those of the witnesses, octets may not grow for long. */
import { slopeOf } from '../measures/slope.js';
import type { Reading } from './reading.js';

const MEGABYTE = 1e6;
const SECONDS_PER_HOUR = 3_600;
/** What is compiled, cached and measured once is so by then: share of the time. */
export const WARM_UP = 1 / 4;
/** A slope per hour is judged from so much time on, s: over less it tells of chance. */
export const SHORTEST_JUDGED = 1_200;

export type Figure = Exclude<keyof Reading, 'at'>;

/** What may be neither more nor less than with nobody but the witnesses. */
export const EXACT: Readonly<Partial<Record<Figure, string>>> = {
  rooms: 'rooms',
  participants: 'participants',
  sockets: 'live sockets',
  transports: 'transports',
  publications: 'publications',
  subscriptions: 'subscriptions',
  relayed: 'relayed publications',
  descriptors: 'open files and sockets but connections to the API',
  threads: 'threads',
  resources: 'what keeps the event loop of calls going, but such connections',
};

/** What may grow by no more than this in an hour, octets. */
export const BOUNDED: Readonly<Partial<Record<Figure, { readonly name: string; readonly perHour: number }>>> =
  {
    residentBytes: { name: 'resident memory', perHour: 16 * MEGABYTE },
    heapBytes: { name: 'heap of the thread of calls', perHour: 2 * MEGABYTE },
    externalBytes: { name: 'what it holds outside of the heap', perHour: MEGABYTE },
    workerHeapBytes: { name: 'heaps of the media workers', perHour: 2 * MEGABYTE },
    workerMemoryBytes: { name: 'memory for keys and packets', perHour: MEGABYTE / 4 },
  };

export interface Growth {
  readonly name: string;
  readonly first: number;
  readonly last: number;
  /** Null where there are too few readings. */
  readonly perHour: number | null;
  readonly bound: number;
}

/** @returns what differs from `expected` in a calm, in words */
export function differences(reading: Reading, expected: Reading): string[] {
  return figuresOf(EXACT).flatMap(([figure, name]) =>
    reading[figure] === expected[figure]
      ? []
      : [`${reading[figure]} ${name} in place of ${expected[figure]}`],
  );
}

/** @param calms readings with nobody but the witnesses there, in their order */
export function growthOf(calms: readonly Reading[]): Growth[] {
  const warm = warmed(calms);
  return figuresOf(BOUNDED).map(([figure, { name, perHour: bound }]) => {
    const slope = slopeOf(warm.map((reading) => ({ x: reading.at, y: reading[figure] })));
    return {
      name,
      first: warm[0]?.[figure] ?? Number.NaN,
      last: warm.at(-1)?.[figure] ?? Number.NaN,
      perHour: slope === null ? null : slope * SECONDS_PER_HOUR,
      bound,
    };
  });
}

/** @returns the calms behind the warm-up */
export function warmed(calms: readonly Reading[]): readonly Reading[] {
  return calms.slice(Math.floor(calms.length * WARM_UP));
}

/** @returns whether the slopes are of enough time to be held against their bounds */
export function isJudged(calms: readonly Reading[]): boolean {
  const warm = warmed(calms);
  return (warm.at(-1)?.at ?? 0) - (warm[0]?.at ?? 0) >= SHORTEST_JUDGED;
}

/** @returns what grows faster than it may, in words */
export function excesses(calms: readonly Reading[]): string[] {
  if (!isJudged(calms)) return [];
  return growthOf(calms).flatMap(({ name, perHour, bound }) =>
    perHour === null || perHour <= bound
      ? []
      : [`${name} grows by ${(perHour / MEGABYTE).toFixed(1)} MB an hour: more than ${bound / MEGABYTE} MB`],
  );
}

function figuresOf<Value>(table: Readonly<Partial<Record<Figure, Value>>>): [Figure, Value][] {
  return Object.entries(table).flatMap(([figure, value]) =>
    isFigure(figure) && value !== undefined ? [[figure, value]] : [],
  );
}

function isFigure(name: string): name is Figure {
  return name in EXACT || name in BOUNDED;
}
