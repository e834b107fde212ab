/** Reads `log-level`, which is a name of ours or a number of two scales. */
export const LOG_LEVEL_NAMES = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
export type LogLevelName = (typeof LOG_LEVEL_NAMES)[number];

/** Kraken's files carry 10 for its ordinary level, and smaller numbers for less. */
const KRAKEN_ORDINARY_LEVEL = 10;

/**
 * Numbers up to 10 are Kraken's scale: 0 is errors only, 1 to 9 warnings as well, 10 is info. Numbers above are
 * pino's: 20 debug, 30 info, 40 warn, 50 error, 60 fatal; those between count as the next higher one.
 *
 * @param level a name, or an integer from 0 to 60
 * @returns the name of the level
 */
export function parseLogLevel(level: number | LogLevelName): LogLevelName {
  if (typeof level === 'string') return level;
  if (level === 0) return 'error';
  if (level < KRAKEN_ORDINARY_LEVEL) return 'warn';
  if (level === KRAKEN_ORDINARY_LEVEL) return 'info';
  return LOG_LEVEL_NAMES[Math.ceil(level / 10) - 1] ?? 'info';
}
