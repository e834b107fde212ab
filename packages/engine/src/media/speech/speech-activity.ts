/**
 * How dominant a speaker is, after I. Volfin and I. Cohen, "Dominant speaker identification for multipoint
 * videoconferencing", Computer Speech & Language 27(4), 2013: speech activity is counted over an immediate, a medium
 * and a long time, each from the one below; each count is weighed by how much likelier it is in speech (binomial) than
 * in noise (exponential). There, the immediate count is of sub-bands that rise above the noise; here, of steps by which
 * the level does, since levels are all there is. Where the paper compares two speakers in each of the three and changes
 * only to who wins all, the logarithms are added here, so that one number ranks any number of speakers: who has spoken
 * for a while keeps ahead of who coughs, and falls behind within a second of falling silent.
 */

/** Milliseconds of the time that is counted in. */
export const UNIT_DURATION = 20;
/** Decibels of one step, and as many as count. */
export const LEVEL_STEP = 3;
const STEPS = 8;
/** Steps from which a unit counts as active: so far the level that begins speech is above the one that ends it. */
const ACTIVE_STEPS = 2;
/** Units of a block, and those of them that have to be active for the block to be. */
const BLOCK_UNITS = 5;
const ACTIVE_UNITS = 3;
/** Blocks of the long time: a second. */
const BLOCKS = 10;
/** Milliseconds after which silence leaves nothing of what was before. */
const ALL_DURATION = BLOCK_UNITS * (BLOCKS + 1) * UNIT_DURATION;

/** Parameters of the likelihoods. With a decay above ln(BLOCKS) more activity is never less likely to be speech. */
const SPEECH_PROBABILITY = 0.5;
const NOISE_DECAY = 3;
/** Scores are integers, which cost no heap: hundredths of a natural logarithm. */
const SCALE = 100;

const IMMEDIATE_SCORES = scoresOf(STEPS);
const MEDIUM_SCORES = scoresOf(BLOCK_UNITS);
const LONG_SCORES = scoresOf(BLOCKS);

/** What silence scores. */
export const SILENT_SCORE =
  scoreOf(IMMEDIATE_SCORES, 0) + scoreOf(MEDIUM_SCORES, 0) + scoreOf(LONG_SCORES, 0);

/** Of one stream, in constant time and without allocation. */
export class SpeechActivity {
  #score = SILENT_SCORE;
  /** Of time that fills no unit yet, ms. */
  #rest = 0;
  /** One bit each, the newest lowest. */
  #units = 0;
  #blocks = 0;
  /** Of the block that is under way. */
  #unitsOfBlock = 0;

  /** The higher, the more dominant: hundredths of the logarithm of how much likelier speech is than noise. */
  get score(): number {
    return this.#score;
  }

  /**
   * Counts a stretch of one level.
   * @param excess dB by which the level is above the least level of speech
   * @param elapsed ms
   */
  count(excess: number, elapsed: number): void {
    const steps = excess <= 0 ? 0 : Math.min(STEPS, Math.ceil(excess / LEVEL_STEP));
    this.#rest += Math.min(elapsed, ALL_DURATION) | 0;
    for (; this.#rest >= UNIT_DURATION; this.#rest -= UNIT_DURATION)
      this.#push(steps >= ACTIVE_STEPS ? 1 : 0);
    this.#score =
      scoreOf(IMMEDIATE_SCORES, steps) +
      scoreOf(MEDIUM_SCORES, ones(this.#units)) +
      scoreOf(LONG_SCORES, ones(this.#blocks));
  }

  #push(active: number): void {
    this.#units = ((this.#units << 1) | active) & ((1 << BLOCK_UNITS) - 1);
    this.#unitsOfBlock++;
    if (this.#unitsOfBlock < BLOCK_UNITS) return;
    this.#unitsOfBlock = 0;
    const block = ones(this.#units) >= ACTIVE_UNITS ? 1 : 0;
    this.#blocks = ((this.#blocks << 1) | block) & ((1 << BLOCKS) - 1);
  }
}

/** @returns how many bits are set */
function ones(bits: number): number {
  let count = 0;
  for (let rest = bits; rest !== 0; rest &= rest - 1) count++;
  return count;
}

function scoreOf(scores: Int32Array, count: number): number {
  return scores[count] ?? 0;
}

/** @returns the scores of 0 to n active ones among n */
function scoresOf(n: number): Int32Array {
  const scores = new Int32Array(n + 1);
  let arrangements = 0;
  for (let active = 0; active <= n; active++) {
    if (active > 0) arrangements += Math.log((n - active + 1) / active);
    const speech =
      arrangements + active * Math.log(SPEECH_PROBABILITY) + (n - active) * Math.log(1 - SPEECH_PROBABILITY);
    const noise = Math.log(NOISE_DECAY) - NOISE_DECAY * active;
    scores[active] = Math.round(SCALE * (speech - noise));
  }
  return scores;
}
