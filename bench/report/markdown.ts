/** Markdown as GitHub shows it: tables and numbers. */
import type { Spread } from './statistics.js';

/** @returns lines of a table; columns behind the first are aligned to the right unless told otherwise */
export function table(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  leftColumns = 1,
): string[] {
  if (rows.length === 0) return [];
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  const rule = head.map((_, place) => (place < leftColumns ? '---' : '---:'));
  return [line(head), line(rule), ...rows.map(line), ''];
}

/** About three significant digits, so that no figure promises more than was measured. */
export function number(value: number): string {
  if (!Number.isFinite(value)) return '–';
  if (value === 0) return '0';
  const digits = Math.min(3, Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value)))));
  return value.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

/** @returns the median with least and greatest, or a dash */
export function spread(values: Spread | null, unit = ''): string {
  if (values === null) return '–';
  const { median, min, max, rounds } = values;
  const range = rounds > 1 ? ` (${number(min)}–${number(max)})` : '';
  return `${number(median)}${unit}${range}`;
}

export function percent(share: number): string {
  return `${number(share * 100)}%`;
}

export function image(alternative: string, file: string): string[] {
  return [`![${alternative}](${file})`, ''];
}
