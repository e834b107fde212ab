/** Tuples that one agent keeps: the pairs of a peer's interfaces and our addresses, over UDP and TCP. */
export const MAX_TUPLES = 16;

/** Names a socket and a remote address; chosen by the caller, not negative, never given to another pair again. */
export type Tuple = number;

/** A tuple over which a valid connectivity check has come in. */
export interface ValidatedTuple {
  readonly tuple: Tuple;
  /** The credentials of its latest check; what follows counts since its first check with them. */
  generation: number;
  validatedAt: number;
  lastCheckAt: number;
  /** PRIORITY of the latest check. */
  priority: number;
  /** A check has carried USE-CANDIDATE. */
  nominated: boolean;
  /** Already the first check did: who nominates regularly waits for its answer (RFC 8445 section 8.1.1). */
  nominatedAtOnce: boolean;
}

/** The validated tuples of one agent, at most MAX_TUPLES. */
export class ValidatedTuples {
  readonly #entries: ValidatedTuple[] = [];

  get tuples(): readonly Tuple[] {
    return this.#entries.map((entry) => entry.tuple);
  }

  find(tuple: Tuple): ValidatedTuple | null {
    return this.#entries.find((entry) => entry.tuple === tuple) ?? null;
  }

  /**
   * Adds a tuple that find does not know.
   * @param selected is not evicted
   * @returns the tuple that had to go: of the others, the one whose latest check is longest ago
   */
  add(entry: ValidatedTuple, selected: ValidatedTuple | null): Tuple | null {
    const evicted = this.#entries.length < MAX_TUPLES ? null : this.#stalest(selected);
    if (evicted !== null) this.remove(evicted);
    this.#entries.push(entry);
    return evicted === null ? null : evicted.tuple;
  }

  remove(entry: ValidatedTuple): void {
    this.#entries.splice(this.#entries.indexOf(entry), 1);
  }

  /** @returns the one to go on with when the selected tuple is gone: nominated if there is one, then the liveliest */
  best(): ValidatedTuple | null {
    let best: ValidatedTuple | null = null;
    for (const entry of this.#entries) {
      if (best === null || isBetter(entry, best)) best = entry;
    }
    return best;
  }

  #stalest(selected: ValidatedTuple | null): ValidatedTuple | null {
    let stalest: ValidatedTuple | null = null;
    for (const entry of this.#entries) {
      if (entry !== selected && (stalest === null || entry.lastCheckAt < stalest.lastCheckAt))
        stalest = entry;
    }
    return stalest;
  }
}

function isBetter(entry: ValidatedTuple, than: ValidatedTuple): boolean {
  if (entry.generation !== than.generation) return entry.generation > than.generation;
  if (entry.nominated !== than.nominated) return entry.nominated;
  return entry.lastCheckAt > than.lastCheckAt;
}
