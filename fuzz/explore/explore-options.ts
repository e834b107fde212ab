/** What a session and its processes say to each other. */

export interface ExploreOptions {
  /** The repository. */
  readonly root: string;
  readonly target: string;
  /** Time for making inputs; the corpus is tried before. */
  readonly milliseconds: number;
  /** How many of the known inputs are tried at most: those that come first in the corpus. */
  readonly maxKnown: number;
  readonly seed: number;
  /** File for the input that is being tried. */
  readonly journal: string;
  /** Whether crashes and the corpus are written down. */
  readonly keeps: boolean;
}

export interface CrashReport {
  readonly type: 'crash';
  readonly signature: string;
  readonly detail: string;
  /** Where it was written down, relative to the repository. */
  readonly file: string | null;
  /** Hexadecimal. */
  readonly input: string;
}

export interface DoneReport {
  readonly type: 'done';
  readonly trials: number;
  readonly trialsPerSecond: number;
  /** Of the corpus. */
  readonly inputs: number;
  readonly features: number;
  readonly newFeatures: number;
  /** Of all modules that the target loads, and how many of them its corpus runs. */
  readonly blocks: number;
  readonly blocksReached: number;
}

export type ExploreReport = CrashReport | DoneReport;
