/** What a check has found out. */

/** With a problem the service does not start, or calls will fail; a warning may be meant so. */
export type Level = 'ok' | 'warning' | 'problem';

export interface Finding {
  /** The check's name, one word. */
  readonly check: string;
  readonly level: Level;
  /** What is so, one line. */
  readonly message: string;
  /** What to change, one line; null where nothing has to be. */
  readonly advice: string | null;
}

/** One thing that is looked at. What it throws is a bug. */
export type Check = () => Promise<readonly Finding[]>;

export function ok(check: string, message: string): Finding {
  return { check, level: 'ok', message, advice: null };
}

export function warning(check: string, message: string, advice: string): Finding {
  return { check, level: 'warning', message, advice };
}

export function problem(check: string, message: string, advice: string): Finding {
  return { check, level: 'problem', message, advice };
}

/** @returns the error in one line: what fetch() and the resolver throw says less than its cause or code */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === 'TimeoutError') return 'no answer in time';
  const { cause } = error;
  if (cause instanceof AggregateError) return reasonOf(cause.errors[0]);
  if (cause instanceof Error) return reasonOf(cause);
  if ('code' in error && typeof error.code === 'string') return error.code;
  return error.message.split('\n', 1)[0] ?? error.name;
}
