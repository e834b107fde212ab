/** Tries inputs, keeps those that reach something new, and makes others of them. */
import type { Comparison, Coverage } from '../coverage/coverage.js';
import { Mutator } from '../input/mutator.js';
import type { Random } from '../input/random.js';
import type { FuzzTarget, Trial } from '../target.js';
import { Corpus } from './corpus.js';
import { signatureOf } from './crash-signature.js';
import { shorten } from './shorten.js';

/** Inputs that are made of one before another is taken. */
const MUTATIONS = 24;
/** Trials that shorten an input which reaches something new, at most: they are missing elsewhere. */
const MAX_SHORTENING = 256;
/** Those that shorten one which has broken something. */
const MAX_CRASH_SHORTENING = 4_000;
/** Different crashes after which a session is of no use any more. */
export const MAX_CRASHES = 20;

export interface Crash {
  readonly signature: string;
  readonly error: unknown;
  readonly input: Uint8Array;
}

export interface ExplorerEvents {
  /** Before each trial. */
  onTrial(input: Uint8Array): void;
  /** Once for each signature; the input has been shortened. */
  onCrash(crash: Crash): void;
}

export class Explorer {
  readonly corpus: Corpus;
  trials = 0;
  readonly #trial: Trial;
  readonly #coverage: Coverage;
  readonly #events: ExplorerEvents;
  readonly #random: Random;
  readonly #mutator: Mutator;
  readonly #crashes = new Set<string>();
  /** Features that come and go with the same input. */
  readonly #unstable = new Set<number>();
  #comparisons: readonly Comparison[] = [];

  constructor(
    { maxLength, dictionary }: Pick<FuzzTarget, 'maxLength' | 'dictionary'>,
    trial: Trial,
    coverage: Coverage,
    random: Random,
    events: ExplorerEvents,
  ) {
    this.#trial = trial;
    this.#coverage = coverage;
    this.#events = events;
    this.#random = random;
    this.corpus = new Corpus(random);
    this.#mutator = new Mutator(random, maxLength);
    for (const word of [...coverage.texts, ...(dictionary ?? [])])
      this.#mutator.words.push(Buffer.from(word));
  }

  get crashes(): number {
    return this.#crashes.size;
  }

  /** Tries inputs, the shortest first, and keeps those that reach something new as they are. */
  async load(inputs: readonly Uint8Array[]): Promise<void> {
    const byLength = inputs.toSorted((a, b) => a.length - b.length);
    for (const input of byLength) {
      if (await this.#runs(input)) this.corpus.add(input, this.#stableFeatures());
    }
  }

  /** @param isOver asked before each trial */
  async explore(isOver: () => boolean): Promise<void> {
    if (this.corpus.size === 0) await this.load([new Uint8Array(0)]);
    while (!isOver() && this.corpus.size > 0 && this.#crashes.size < MAX_CRASHES) {
      const base = this.corpus.pick();
      await this.#runs(base);
      this.#mutator.comparisons = this.#coverage.comparisons();
      for (let i = 0; i < MUTATIONS && !isOver(); i++) {
        const input = this.#mutator.mutate(base, this.corpus.pick());
        await this.#try(input, base);
        if (this.#random.oneIn(2)) this.#mutator.comparisons = this.#comparisons;
      }
    }
  }

  /** @param base what it was made of */
  async #try(input: Uint8Array, base: Uint8Array): Promise<void> {
    if (!(await this.#runs(input))) return;
    const features = this.#stableFeatures();
    if (this.corpus.isNew(features)) await this.#keep(input, features);
    else if (input.length < base.length) this.corpus.add(input, features, base);
  }

  /** Takes what comes again by the same input, and as short as it can be. */
  async #keep(input: Uint8Array, seen: Int32Array): Promise<void> {
    const first = Int32Array.from(seen);
    if (!(await this.#runs(input))) return;
    const again = new Set(this.#coverage.features());
    for (const feature of first) if (!again.has(feature)) this.#unstable.add(feature);
    const features = this.#stableFeatures();
    if (!this.corpus.isNew(features)) return;
    const wanted = Array.from(features).filter((feature) => this.corpus.isNew(Int32Array.of(feature)));
    const limit = this.trials + Math.min(MAX_SHORTENING, 2 * input.length);
    const short = await shorten(
      input,
      async (shorter) => (await this.#runs(shorter)) && this.#has(wanted),
      () => this.trials >= limit,
    );
    if (await this.#runs(short)) this.corpus.add(short, this.#stableFeatures());
  }

  #has(wanted: readonly number[]): boolean {
    const features = new Set(this.#coverage.features());
    return wanted.every((feature) => features.has(feature));
  }

  #stableFeatures(): Int32Array {
    const features = this.#coverage.features();
    return this.#unstable.size === 0 ? features : features.filter((feature) => !this.#unstable.has(feature));
  }

  /** @returns whether the trial ended well */
  async #runs(input: Uint8Array): Promise<boolean> {
    const error = await this.#outcome(input);
    if (error === null) return true;
    const signature = signatureOf(error.thrown);
    if (this.#crashes.has(signature)) return false;
    this.#crashes.add(signature);
    const limit = this.trials + MAX_CRASH_SHORTENING;
    const short = await shorten(
      input,
      async (shorter) => {
        const outcome = await this.#outcome(shorter);
        return outcome !== null && signatureOf(outcome.thrown) === signature;
      },
      () => this.trials >= limit,
    );
    this.#events.onCrash({ signature, error: error.thrown, input: short });
    return false;
  }

  async #outcome(input: Uint8Array): Promise<{ readonly thrown: unknown } | null> {
    this.trials++;
    this.#events.onTrial(input);
    this.#coverage.reset();
    try {
      // Most trials are synchronous, and a turn of the event loop costs more than they do.
      const pending = this.#trial(Uint8Array.from(input));
      if (pending !== undefined) await pending;
      this.#comparisons = this.#coverage.comparisons();
      return null;
    } catch (thrown) {
      return { thrown };
    }
  }
}
