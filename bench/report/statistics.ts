/** Medians, since a machine that others use as well makes some rounds slow and none fast. */

/** What several rounds came to. */
export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
  readonly rounds: number;
}

/** @returns NaN for no values */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((left, right) => left - right);
  const upper = sorted[sorted.length >> 1] ?? Number.NaN;
  if (sorted.length % 2 === 1) return upper;
  return (upper + (sorted[(sorted.length >> 1) - 1] ?? Number.NaN)) / 2;
}

/** @returns null for no values */
export function spreadOf(values: readonly number[]): Spread | null {
  if (values.length === 0) return null;
  return {
    median: median(values),
    min: Math.min(...values),
    max: Math.max(...values),
    rounds: values.length,
  };
}

/** A figure of one round. */
export interface RoundValue {
  readonly round: number;
  readonly value: number;
}

/**
 * Divides within each round, because the speed of a shared machine drifts from round to round.
 * @returns null where no round has both
 */
export function ratioSpread(ours: readonly RoundValue[], theirs: readonly RoundValue[]): Spread | null {
  const byRound = new Map(theirs.map(({ round, value }) => [round, value]));
  const ratios = ours.flatMap(({ round, value }) => {
    const other = byRound.get(round);
    return other === undefined || other === 0 ? [] : [value / other];
  });
  return spreadOf(ratios);
}
