/** What the project promises of its safety, and how each promise is held by a test that fails without its defence. */

/** The documents that hold the tables: what attackers cannot do, and what breaks and heals. */
export type DefenceDocument = 'SECURITY' | 'reliability';

/** Where each document is, from the root. */
export const DOCUMENT_FILES: Readonly<Record<DefenceDocument, string>> = {
  SECURITY: 'SECURITY.md',
  reliability: 'docs/reliability.md',
};

export interface Defence {
  readonly document: DefenceDocument;
  /** One sentence without its full stop, in Markdown; no two are the same. */
  readonly promise: string;
  /** The file of the test that proves it, from the root. */
  readonly test: string;
  /** The test's title, or a part of it, as it stands in the file. */
  readonly name: string;
  readonly removal: Removal;
}

/** An edit after which the defence is no longer there, and everything else still works. */
export interface Removal {
  /** From the root. */
  readonly file: string;
  /** Text that occurs exactly once in the file. */
  readonly find: string;
  /** What stands there without the defence. */
  readonly replace: string;
  /**
   * Whether the packages are compiled anew without the defence. When left out: if the test is not of the package of
   * the file, since packages see each other's compiled files. Needed where a test starts a process or a thread.
   */
  readonly built?: boolean;
}

/** Whether the edit works only behind a build. */
export function needsBuild({ test, removal }: Defence): boolean {
  if (removal.built !== undefined) return removal.built;
  const home = /^packages\/[^/]+\//.exec(removal.file)?.[0];
  if (home === undefined) return false;
  return home === 'packages/kernel/' || !test.startsWith(`${home}src/`);
}
