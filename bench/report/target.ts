/** A figure beside what it is to reach, and how that is shown. */
import { table } from './markdown.js';

export type Verdict = 'met' | 'missed' | 'not measured';

export interface Target {
  readonly what: string;
  /** With its unit. */
  readonly wanted: string;
  readonly measured: string;
  readonly verdict: Verdict;
  /** What the figure has to be seen against. */
  readonly remark: string;
}

/** What a verdict is made of. */
export type Judged = Pick<Target, 'what' | 'wanted' | 'remark'> & {
  /** Null where there is no figure. */
  readonly measured: string | null;
  readonly isMet: boolean;
};

const SIGNS: Readonly<Record<Verdict, string>> = {
  met: '🟢 met',
  missed: '🔴 **missed**',
  'not measured': '⚪ not measured',
};

export function judge({ measured, isMet, ...target }: Judged): Target {
  if (measured === null) return { ...target, measured: '–', verdict: 'not measured' };
  return { ...target, measured, verdict: isMet ? 'met' : 'missed' };
}

/** @returns lines of Markdown */
export function tableOfTargets(targets: readonly Target[]): string[] {
  const rows = targets.map(({ what, wanted, measured, verdict, remark }) => [
    what,
    wanted,
    verdict === 'missed' ? `**${measured}**` : measured,
    SIGNS[verdict],
    remark,
  ]);
  return table(['target', 'wanted', 'measured', '', 'beside it'], rows, 5);
}

/** @returns lines for a terminal, of those that were measured */
export function linesOfTargets(targets: readonly Target[]): string {
  return targets
    .filter(({ verdict }) => verdict !== 'not measured')
    .map(
      ({ what, wanted, measured, verdict }) => `${verdict.padEnd(7)} ${what}: ${measured}, wanted ${wanted}`,
    )
    .join('\n');
}
