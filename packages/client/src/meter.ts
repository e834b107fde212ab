import { loudness } from './loudness.js';
import { OwnMeter } from './own-meter.js';

/** How long a level takes to fall to a tenth, ms: speech has gaps that should not flicker. */
const FALL_MILLISECONDS = 300;

/** Shows how loud a microphone is before there is a call that does. */
export interface LevelMeter {
  /** @returns how loud it is right now to the ear, 0 to 1 */
  measure(): number;
  /** Browsers allow a page only a few meters at a time. */
  close(): void;
}

/** @param track of a microphone, by `openMicrophone` or the page's own */
export function meter(track: MediaStreamTrack): LevelMeter {
  const own = new OwnMeter();
  let level = 0;
  let measuredAt = performance.now();
  return {
    measure() {
      const now = performance.now();
      const left = level * 10 ** ((measuredAt - now) / FALL_MILLISECONDS);
      level = Math.max(loudness(own.measure(track)), left);
      measuredAt = now;
      return level;
    },
    close: () => own.close(),
  };
}
