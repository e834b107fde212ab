import { describe, expect, test } from 'vitest';
import {
  HARMFUL_INCREASE,
  HARMFUL_PAUSE,
  MIN_REPORTED_PACKETS,
  QUEUEING_INCREASE,
  QUEUEING_ROUND_TRIP,
  REDUNDANCY_OFF_LOSS,
  REDUNDANCY_OFF_TIME,
  REDUNDANCY_ON_LOSS,
  RedundancyDemand,
} from './redundancy-demand.js';

const START = 50_000;
const INTERVAL = 5_000;
const ROUND_TRIP = 40;

/** A subscriber that gets redundancy since START, for 10% loss. */
function lossy(): RedundancyDemand {
  const demand = new RedundancyDemand();
  expect(report(demand, 0.1, START)).toBe(true);
  expect(demand.wanted).toBe(true);
  return demand;
}

/** One report on one stream. @returns whether something has changed */
function report(
  demand: RedundancyDemand,
  loss: number,
  now: number,
  expected = 250,
  roundTrip = ROUND_TRIP,
): boolean {
  demand.addBlock(loss, expected);
  return demand.endReport(roundTrip, now);
}

describe('redundancy begins', () => {
  test('with one report of high loss, and not at the threshold', () => {
    const demand = new RedundancyDemand();
    expect(report(demand, REDUNDANCY_ON_LOSS, START)).toBe(false);
    expect(report(demand, REDUNDANCY_ON_LOSS + 0.004, START)).toBe(true);
    expect(demand.wanted).toBe(true);
  });

  test('by the loss over all streams of a report, each by its packets', () => {
    const demand = new RedundancyDemand();
    demand.addBlock(0.5, 10);
    demand.addBlock(0, 990);
    expect(demand.endReport(ROUND_TRIP, START)).toBe(false);
    demand.addBlock(0, 100);
    demand.addBlock(0.1, 900);
    expect(demand.endReport(ROUND_TRIP, START)).toBe(true);
  });

  test('by what was asked for again, whatever reports say of what has come then', () => {
    const demand = new RedundancyDemand();
    demand.addRequested(12);
    expect(report(demand, 0.01, START)).toBe(false);
    demand.addRequested(13);
    expect(report(demand, 0.01, START)).toBe(true);
  });

  test('not by reports on few packets, before they are enough together', () => {
    const demand = new RedundancyDemand();
    const few = MIN_REPORTED_PACKETS - 1;
    expect(report(demand, 0.2, START, few)).toBe(false);
    expect(report(demand, 0.2, START, 1)).toBe(true);
  });

  test('not by a report on nothing', () => {
    const demand = new RedundancyDemand();
    expect(demand.endReport(ROUND_TRIP, START)).toBe(false);
    expect(report(demand, 1, START, 0)).toBe(false);
  });
});

describe('redundancy ends', () => {
  test('when loss has been low for long', () => {
    const demand = lossy();
    let now = START;
    for (now += INTERVAL; now < START + INTERVAL + REDUNDANCY_OFF_TIME; now += INTERVAL) {
      expect(report(demand, 0, now)).toBe(false);
    }
    expect(report(demand, 0, now)).toBe(true);
    expect(demand.wanted).toBe(false);
  });

  test('not while it is moderate now and then', () => {
    const demand = lossy();
    for (let i = 1; i < 20; i++) {
      expect(report(demand, i % 3 === 0 ? REDUNDANCY_OFF_LOSS : 0, START + i * INTERVAL)).toBe(false);
    }
    expect(demand.wanted).toBe(true);
  });

  test('when it makes things worse, and does not begin again soon', () => {
    const demand = lossy();
    const then = START + INTERVAL;
    expect(report(demand, 0.1 + HARMFUL_INCREASE, then)).toBe(false);
    expect(report(demand, 0.11 + HARMFUL_INCREASE, then)).toBe(true);
    expect(demand.wanted).toBe(false);
    expect(report(demand, 0.5, then + HARMFUL_PAUSE - 1)).toBe(false);
    expect(report(demand, 0.5, then + HARMFUL_PAUSE)).toBe(true);
  });

  describe('where packets wait in a queue before they are dropped', () => {
    const slow = QUEUEING_ROUND_TRIP + 1;
    const reportedLater = 0.13 + QUEUEING_INCREASE;

    /** It began for what was asked for again, more than was reported lost. */
    function asking(): RedundancyDemand {
      const demand = new RedundancyDemand();
      demand.addRequested(130);
      expect(report(demand, 0.12, START, 250, 0)).toBe(true);
      return demand;
    }

    test('when reports alone tell of more', () => {
      expect(report(asking(), reportedLater, START + INTERVAL, 250, slow)).toBe(true);
    });

    test('and not where the round trip is short: chance does that', () => {
      expect(report(asking(), reportedLater, START + INTERVAL)).toBe(false);
    });
  });
});
