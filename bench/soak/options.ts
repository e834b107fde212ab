/** The command line of the soak. */
import { numberOf, positiveIntegerOf, positiveOf, valuesOf } from '../option-values.js';

export interface SoakOptions {
  readonly minutes: number;
  /** How often all but the witnesses leave. */
  readonly calms: number;
  readonly seed: number;
  readonly joinsPerSecond: number;
  readonly mischiefsPerSecond: number;
  /** Whether the page is written. */
  readonly isWritten: boolean;
}

export const USAGE = `Usage: npm run soak -- [OPTIONS]

Has guests come and go, and bad clients try what they can, at an engine of its own, and sees that nothing of it is left. Ends
with 0 when nothing was.

  --minutes N     how long (10)
  --calms C       how often all leave but those who see that sound goes on: by default twelve times, and at least 30 s apart
  --seed S        of all chance (1)
  --joins J       guests who come per second (7)
  --mischiefs M   bad clients who come per second (5)
  --write         write docs/soak.md, and the figures into docs/reliability.md
`;

const DEFAULT_MINUTES = 10;
const CALMS = 12;
/** s */
const SHORTEST_CHURN = 30;
const JOINS_PER_SECOND = 7;
const MISCHIEFS_PER_SECOND = 5;
const SECONDS_PER_MINUTE = 60;

/**
 * @param args behind the program's name
 * @returns null when only the usage is asked for
 * @throws OptionError
 */
export function parseSoakOptions(args: readonly string[]): SoakOptions | null {
  const values = valuesOf(args, {
    help: { type: 'boolean', short: 'h' },
    write: { type: 'boolean' },
    minutes: { type: 'string' },
    calms: { type: 'string' },
    seed: { type: 'string' },
    joins: { type: 'string' },
    mischiefs: { type: 'string' },
  });
  if (values.help === true) return null;
  const minutes = positiveOf('minutes', values.minutes, DEFAULT_MINUTES);
  const most = Math.max(1, Math.floor((minutes * SECONDS_PER_MINUTE) / SHORTEST_CHURN));
  return {
    minutes,
    calms: positiveIntegerOf('calms', values.calms, Math.min(CALMS, most)),
    seed: numberOf('seed', values.seed ?? '1', 0),
    joinsPerSecond: positiveOf('joins', values.joins, JOINS_PER_SECOND),
    mischiefsPerSecond: positiveOf('mischiefs', values.mischiefs, MISCHIEFS_PER_SECOND),
    isWritten: values.write === true,
  };
}
