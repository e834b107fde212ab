import { describe, expect, test } from 'vitest';
import { BLOCKED_AFTER, BlockDetector, type BlockNotice, CHECK_INTERVAL } from './block-detector.js';
import { Heartbeats } from './heartbeats.js';

const HOPELESS_AFTER = 10_000;
const [CONTROL, MEDIA] = [0, 1];

/** Two threads that are watched, and checks of which each is CHECK_INTERVAL behind the one before. */
class Process {
  readonly heartbeats = Heartbeats.allocate(2);
  readonly detector = new BlockDetector(this.heartbeats, HOPELESS_AFTER);

  constructor() {
    for (const thread of [CONTROL, MEDIA]) this.heartbeats.watch(thread, true);
  }

  /** @param turning threads that turn meanwhile */
  pass(milliseconds: number, ...turning: readonly number[]): BlockNotice[] {
    return Array.from({ length: milliseconds / CHECK_INTERVAL }, () => {
      for (const thread of turning) this.heartbeats.beat(thread);
      return this.detector.check();
    }).flat();
  }
}

describe('a thread that stands still', () => {
  test('is found while it does, and once; how long it did is told when it turns again', () => {
    const process = new Process();
    expect(process.pass(5_000, CONTROL, MEDIA)).toEqual([]);
    expect(process.pass(BLOCKED_AFTER - CHECK_INTERVAL, MEDIA)).toEqual([]);
    expect(process.pass(3_000, MEDIA)).toEqual([
      { thread: CONTROL, what: 'stands still', milliseconds: BLOCKED_AFTER },
    ]);
    expect(process.heartbeats.blockedFor(CONTROL)).toBe(4_500);
    expect(process.pass(1_000, CONTROL, MEDIA)).toEqual([
      { thread: CONTROL, what: 'turns again', milliseconds: 4_500 },
    ]);
    expect(process.heartbeats.blockedFor(CONTROL)).toBe(0);
  });

  test('is counted with all the time that it did', () => {
    const process = new Process();
    for (let i = 0; i < 3; i++) {
      process.pass(3_000, CONTROL);
      process.pass(1_000, CONTROL, MEDIA);
    }
    const { heartbeats } = process;
    expect([heartbeats.blocks(MEDIA), heartbeats.blockedTotal(MEDIA)]).toEqual([3, 9_000]);
    expect([heartbeats.blocks(CONTROL), heartbeats.blockedTotal(CONTROL)]).toEqual([0, 0]);
  });

  test('for too long is hopeless, which is said once', () => {
    const process = new Process();
    expect(process.pass(HOPELESS_AFTER + 5_000, MEDIA).map(({ what }) => what)).toEqual([
      'stands still',
      'is hopeless',
    ]);
  });
});

test('a thread that is not watched, as it has ended, may stand still', () => {
  const process = new Process();
  process.pass(3_000, CONTROL);
  process.heartbeats.watch(MEDIA, false);
  expect(process.pass(60_000, CONTROL).map(({ what }) => what)).toEqual(['turns again']);
  process.heartbeats.watch(MEDIA, true);
  expect(process.pass(BLOCKED_AFTER - CHECK_INTERVAL, CONTROL)).toEqual([]);
});

test('a thread that has ended and is started again is not held to have stood still, before any check', () => {
  const process = new Process();
  process.pass(3_000, CONTROL);
  expect(process.heartbeats.blockedFor(MEDIA)).toBe(3_000);
  process.heartbeats.watch(MEDIA, false);
  expect(process.heartbeats.blockedFor(MEDIA)).toBe(0);
  process.heartbeats.watch(MEDIA, true);
  expect(process.heartbeats.blockedFor(MEDIA)).toBe(0);
  process.pass(1_000, CONTROL, MEDIA);
  expect([process.heartbeats.blocks(MEDIA), process.heartbeats.blockedTotal(MEDIA)]).toEqual([1, 3_000]);
});

test('a process that was stopped for an hour has not stood still', () => {
  const process = new Process();
  process.pass(1_000, CONTROL, MEDIA);
  // Nothing runs meanwhile, not even the checks: the first one behind that may come before the first turn.
  expect(process.pass(CHECK_INTERVAL)).toEqual([]);
  expect(process.pass(5_000, CONTROL, MEDIA)).toEqual([]);
});
