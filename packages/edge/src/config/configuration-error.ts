/** The configuration cannot be used. The message is one line that names the file, the key and the value at fault. */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError';
}

/** Values longer than this are cut in messages, in characters. */
const MAX_SHOWN_LENGTH = 80;

/** Name and password in a URL, which logs are not to hold. */
const USER_OF_URL = /(\w+:\/\/)[^/@\s]*@/g;

/**
 * @param value as parsed from TOML
 * @returns it on one line, as TOML or JSON would write it
 */
export function showValue(value: unknown): string {
  const text = (typeof value === 'number' ? String(value) : (JSON.stringify(value) ?? String(value))).replace(
    USER_OF_URL,
    '$1…@',
  );
  return text.length <= MAX_SHOWN_LENGTH ? text : `${text.slice(0, MAX_SHOWN_LENGTH)}…`;
}

/** Keys whose values logs are not to hold. */
const SECRET_KEYS: ReadonlySet<string> = new Set(['secret', 'token']);
const HIDDEN = '…';

/** @returns the message for one value: `engine.toml: [rpc] port = "abc": expected an integer from 0 to 65535` */
export function describeFault(
  source: string,
  section: string,
  key: string,
  value: unknown,
  problem: string,
): string {
  return `${source}: ${describeValue(section, key, value, problem)}`;
}

/** @returns the same without the name of the file; what is secret is not shown */
export function describeValue(section: string, key: string, value: unknown, problem: string): string {
  const shown = SECRET_KEYS.has(key) && value !== '' ? HIDDEN : showValue(value);
  return `[${section}] ${key} = ${shown}: ${problem}`;
}
