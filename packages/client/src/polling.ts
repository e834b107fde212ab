/** After a change more changes are likely: ask often, then as seldom as Kraken's other clients. */
const SCHEDULE = [
  { until: 5_000, every: 500 },
  { until: 20_000, every: 1_000 },
];
const QUIET_INTERVAL_MILLISECONDS = 3_000;

/** @param quiet milliseconds since the last change @returns milliseconds until the server is asked again */
export function pollInterval(quiet: number): number {
  return SCHEDULE.find(({ until }) => quiet < until)?.every ?? QUIET_INTERVAL_MILLISECONDS;
}
