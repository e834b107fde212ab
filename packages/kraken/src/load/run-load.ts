/** `kraken load`: lets a load test run, shows how it goes, and sums it up. */
import { KrakenSignalling } from '@kraken/load/kraken-signalling';
import { type LoadFigures, LoadTest } from '@kraken/load/load-test';
import { isOfThisMachine, requireLoopback } from './allowed-target.js';
import { bar, hasPassed, liveText, summaryText } from './figures-text.js';
import type { LoadOptions } from './load-options.js';
import { Progress, type ProgressOutput } from './progress.js';

const SHOW_INTERVAL = 1_000;
const MS_PER_SECOND = 1_000;

export interface LoadOutputs {
  /** Takes the summary. */
  readonly summary: Pick<ProgressOutput, 'write'>;
  readonly progress: ProgressOutput;
}

/**
 * @param signal ends it early, in order
 * @param token access token for all rooms and users; null for none
 * @returns whether the server has passed
 * @throws Error of one line when it must not or cannot be loaded
 */
export async function runLoad(
  options: LoadOptions,
  outputs: LoadOutputs,
  signal: AbortSignal,
  token: string | null,
): Promise<boolean> {
  const { url, rooms, participants, speakers, seconds, joinsPerSecond, isAllowedElsewhere } = options;
  if (!isAllowedElsewhere) await requireLoopback(url);
  const progress = new Progress(outputs.progress);
  const test = await LoadTest.create({
    signalling: new KrakenSignalling(url.href, isAllowedElsewhere ? () => true : isOfThisMachine, token),
    rooms: Array.from({ length: rooms }, () => ({
      publishers: speakers,
      listeners: participants - speakers,
    })),
    prefix: `load-${process.pid}-${Date.now().toString(36)}`,
    joinsPerSecond,
  });
  const startedAt = performance.now();
  const joinTime = (rooms * participants) / joinsPerSecond;
  await shown(progress, test, 'joining', joinTime, () => test.join(signal));
  const joinSeconds = (performance.now() - startedAt) / MS_PER_SECOND;
  if (test.figures().joined > 0) {
    await shown(progress, test, 'running', seconds, () => test.measure(seconds, signal));
  }
  const figures = test.figures();
  progress.show('leaving');
  await test.leave();
  progress.end();
  const complete: LoadFigures = {
    ...figures,
    faults: test.figures().faults,
    faultCount: test.figures().faultCount,
  };
  outputs.summary.write(summaryText(complete, joinSeconds, options));
  return hasPassed(complete, options.maxLoss) && !signal.aborted;
}

/** Shows how it goes while something is done that takes about so many seconds. */
async function shown(
  progress: Progress,
  test: LoadTest,
  what: string,
  seconds: number,
  action: () => Promise<void>,
): Promise<void> {
  const startedAt = performance.now();
  let shownAt = startedAt;
  let earlier = test.figures();
  const timer = setInterval(() => {
    const now = performance.now();
    const figures = test.figures();
    const live = liveText(figures, earlier, (now - shownAt) / MS_PER_SECOND);
    progress.show(`${what} ${bar((now - startedAt) / MS_PER_SECOND / seconds)} ${live}`);
    [earlier, shownAt] = [figures, now];
  }, SHOW_INTERVAL);
  try {
    await action();
  } finally {
    clearInterval(timer);
  }
}
