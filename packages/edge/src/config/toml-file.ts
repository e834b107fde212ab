/** Reads and checks configuration files. Every fault is a ConfigurationError, one line long. */
import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { parse, TomlError } from 'smol-toml';
import { z } from 'zod';
import { ConfigurationError, describeFault, describeValue, showValue } from './configuration-error.js';

/** Sections by name, each a strict object with a default. */
export type FileSchema = z.ZodObject;

/**
 * @param path of a TOML file; `~/` is the user's home, as in Kraken
 * @returns its content
 * @throws ConfigurationError
 */
export function readTomlFile(path: string): string {
  const file = path.startsWith('~/') ? join(homedir(), path.slice(2)) : path;
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new ConfigurationError(`${path}: ${readProblem(error)}`);
  }
}

/**
 * @param toml the file's content
 * @param source names it in messages
 * @throws ConfigurationError
 */
export function parseToml<Schema extends FileSchema>(
  toml: string,
  source: string,
  schema: Schema,
): z.infer<Schema> {
  const result = schema.safeParse(toTable(toml, source), { reportInput: true });
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const problem = issue === undefined ? 'not usable' : describeIssue(issue, schema);
  throw new ConfigurationError(`${source}: ${problem}`);
}

/**
 * @param turn section [turn] of a file
 * @returns the TURN server, or null where none is configured
 * @throws ConfigurationError when it has no secret
 */
export function turnOf(
  turn: { readonly host: string; readonly secret: string },
  source: string,
): { readonly host: string; readonly secret: string } | null {
  if (turn.host === '') return null;
  if (turn.secret !== '') return { host: turn.host, secret: turn.secret };
  const problem = "expected the TURN server's static-auth-secret, since [turn] host is set";
  throw new ConfigurationError(describeFault(source, 'turn', 'secret', turn.secret, problem));
}

function toTable(toml: string, source: string): unknown {
  try {
    return parse(toml);
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    const problem = error.message.split('\n', 1)[0]?.replace(/^Invalid TOML document: /, '');
    throw new ConfigurationError(
      `${source}: line ${error.line}, column ${error.column}: broken TOML: ${problem}`,
    );
  }
}

function readProblem(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  switch (code) {
    case 'ENOENT':
    case 'ENOTDIR':
      return 'no such file';
    case 'EACCES':
    case 'EPERM':
      return 'no permission to read the file';
    case 'EISDIR':
      return 'is a directory, expected a TOML file';
    default:
      return `cannot be read (${String(code ?? error)})`;
  }
}

/** Puts zod's first finding into a file's terms. */
function describeIssue(issue: z.core.$ZodIssue, schema: FileSchema): string {
  const [section, key] = issue.path.map(String);
  if (issue.code === 'unrecognized_keys') {
    const [unknown = ''] = issue.keys;
    const known = section === undefined ? Object.keys(schema.shape) : keysOf(schema, section);
    const place = section === undefined ? `[${unknown}]` : `[${section}] ${unknown}`;
    return `${place}: unknown ${section === undefined ? 'section or key' : 'key'}${suggestion(unknown, known)}`;
  }
  if (key === undefined) return `${section ?? 'file'} = ${showShape(issue.input)}: ${issue.message}`;
  return describeValue(section ?? '', key, issue.input, issue.message);
}

/** What should be a section may hold a secret: it is not shown, unless it is too plain for that. */
function showShape(value: unknown): string {
  if (typeof value === 'number' || typeof value === 'boolean') return showValue(value);
  if (Array.isArray(value)) return '[…]';
  return typeof value === 'object' ? '{…}' : '…';
}

function keysOf(schema: FileSchema, section: string): readonly string[] {
  const field = schema.shape[section];
  const inner = field instanceof z.ZodPrefault ? field.unwrap() : field;
  return inner instanceof z.ZodObject ? Object.keys(inner.shape) : [];
}

/** Only the separator and the case are forgiven. */
function suggestion(unknown: string, known: readonly string[]): string {
  const bare = (name: string) => name.toLowerCase().replace(/[-_]/g, '');
  const meant = known.find((name) => bare(name) === bare(unknown));
  return meant === undefined ? ` (known: ${known.join(', ')})` : `, did you mean ${meant}?`;
}
