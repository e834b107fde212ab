/** Writes findings for people, and for scripts. */
import type { Finding, Level } from './finding.js';

const LEVEL_WIDTH = 'problem'.length;
const GAP = '  ';

/** @returns a line for each finding, one below it where there is something to change, and the sum */
export function reportText(findings: readonly Finding[]): string {
  const width = Math.max(...findings.map(({ check }) => check.length), 0);
  const indent = ' '.repeat(LEVEL_WIDTH + width + 2 * GAP.length);
  const lines = findings.flatMap(({ check, level, message, advice }) => [
    `${level.padEnd(LEVEL_WIDTH)}${GAP}${check.padEnd(width)}${GAP}${message}`,
    ...(advice === null ? [] : [`${indent}-> ${advice}`]),
  ]);
  return `${[...lines, '', summary(findings)].join('\n')}\n`;
}

/** @returns JSON: `ok` is false when there is a problem */
export function reportJson(findings: readonly Finding[]): string {
  return `${JSON.stringify({ ok: !hasProblem(findings), findings }, null, 2)}\n`;
}

export function hasProblem(findings: readonly Finding[]): boolean {
  return findings.some(({ level }) => level === 'problem');
}

function summary(findings: readonly Finding[]): string {
  const count = (level: Level) => findings.filter((finding) => finding.level === level).length;
  const named = (number: number, noun: string) => `${number} ${noun}${number === 1 ? '' : 's'}`;
  return `${named(count('problem'), 'problem')}, ${named(count('warning'), 'warning')}`;
}
