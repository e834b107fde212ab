import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  REPLAY_WINDOW_SIZE,
  ReplayWindow,
  WINDOW_FRESH,
  WINDOW_REPLAYED,
  WINDOW_TOO_OLD,
} from './replay-window.js';

function windowWithFirst(): ReplayWindow {
  const window = new ReplayWindow();
  window.record(0);
  return window;
}

describe('ReplayWindow', () => {
  it('lets nothing in twice', () => {
    const window = windowWithFirst();
    expect(window.judge(0)).toBe(WINDOW_REPLAYED);
    expect(window.judge(1)).toBe(WINDOW_FRESH);
    window.record(3);
    expect([0, -1, -2, -3].map((distance) => window.judge(distance))).toEqual([
      WINDOW_REPLAYED,
      WINDOW_FRESH,
      WINDOW_FRESH,
      WINDOW_REPLAYED,
    ]);
    window.record(-2);
    expect(window.judge(-2)).toBe(WINDOW_REPLAYED);
    expect(window.judge(-1)).toBe(WINDOW_FRESH);
  });

  it('reaches back as far as its size', () => {
    const window = windowWithFirst();
    window.record(REPLAY_WINDOW_SIZE - 1);
    expect(window.judge(1 - REPLAY_WINDOW_SIZE)).toBe(WINDOW_REPLAYED);
    expect(window.judge(2 - REPLAY_WINDOW_SIZE)).toBe(WINDOW_FRESH);
    expect(window.judge(-REPLAY_WINDOW_SIZE)).toBe(WINDOW_TOO_OLD);
  });

  it('forgets everything when it jumps by more than its size', () => {
    const window = windowWithFirst();
    window.record(2 ** 31 - 1);
    expect(window.judge(0)).toBe(WINDOW_REPLAYED);
    expect(window.judge(-1)).toBe(WINDOW_FRESH);
    expect(window.judge(1 - REPLAY_WINDOW_SIZE)).toBe(WINDOW_FRESH);
  });

  it('agrees with a list of all indices seen', () => {
    const steps = fc.array(
      fc.oneof(
        fc.integer({ min: (-1.1 * REPLAY_WINDOW_SIZE) | 0, max: 3 }),
        fc.integer({ min: -40, max: 40 }),
        fc.integer({ min: 1, max: 3 * REPLAY_WINDOW_SIZE }),
      ),
      { maxLength: 300 },
    );
    fc.assert(
      fc.property(steps, (distances) => {
        const window = windowWithFirst();
        const seen = new Set([0]);
        let newest = 0;
        for (const distance of distances) {
          const index = newest + distance;
          const verdict = window.judge(distance);
          if (distance <= -REPLAY_WINDOW_SIZE) expect(verdict).toBe(WINDOW_TOO_OLD);
          else expect(verdict).toBe(seen.has(index) ? WINDOW_REPLAYED : WINDOW_FRESH);
          if (verdict !== WINDOW_FRESH) continue;
          window.record(distance);
          seen.add(index);
          newest = Math.max(newest, index);
        }
      }),
    );
  });
});
