/** What is fuzzed: something that takes octets of strangers, and must neither throw nor break a promise. */

/**
 * Runs the code under test on one input.
 * @throws anything that it must not throw, and an Error where a promise of it is broken
 */
export type Trial = (input: Uint8Array) => void | Promise<void>;

export interface FuzzTarget {
  /** In kebab case; names its corpus and its crashes. */
  readonly name: string;
  /** Longest input that is tried, octets. */
  readonly maxLength: number;
  /** Well-formed inputs to begin with. */
  readonly seeds: () => readonly Uint8Array[];
  /** How many inputs are kept at most, where a trial takes long; all when left out. */
  readonly maxInputs?: number;
  /** Words of its language that do not stand in the code as texts. */
  readonly dictionary?: readonly (string | Uint8Array)[];
  /** Makes what all trials share. */
  readonly prepare: () => Trial | Promise<Trial>;
}

/** @throws Error that says which promise is broken */
export function promise(holds: boolean, what: string): void {
  if (!holds) throw new Error(`broken promise: ${what}`);
}
