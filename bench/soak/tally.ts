/** What was done, what it was refused with, and what went wrong. */

/** Faults that are told in words; the others are only counted. */
const TOLD_FAULTS = 20;

export class SoakTally {
  readonly done = new Map<string, number>();
  readonly faults: string[] = [];
  faultCount = 0;

  /** Counts something that was done, or was answered as it ought to be. */
  count(name: string): void {
    this.done.set(name, (this.done.get(name) ?? 0) + 1);
  }

  /** Something that must not happen. */
  fault(description: string): void {
    this.faultCount++;
    if (this.faults.length < TOLD_FAULTS) this.faults.push(description);
  }
}
