/**
 * When calls are due that come from many clients who know nothing of each other: a Poisson process, whose times between
 * two calls are exponentially distributed. Calls at even intervals would never queue, and hide what queueing costs.
 */

/**
 * @param rate mean calls per second
 * @param random gives numbers from 0 (inclusive) to 1 (exclusive)
 * @returns gives the time of each call, ms, rising from 0
 */
export function arrivals(rate: number, random: () => number): () => number {
  let at = 0;
  return () => {
    at += (-Math.log(1 - random()) * 1000) / rate;
    return at;
  };
}
