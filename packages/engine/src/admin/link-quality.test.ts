import { expect, test } from 'vitest';
import type { ParticipantStatistics } from '../contract/statistics.js';
import { MIN_EXPECTED_PACKETS, NO_STATISTICS, QualityMeter, UNKNOWN_QUALITY } from './link-quality.js';
import type { WorkerReading } from './reading.js';

const STATISTICS: ParticipantStatistics = { transportId: 1, ...NO_STATISTICS };

function reading(
  at: number,
  participants: readonly Partial<ParticipantStatistics>[] | null,
  index = 0,
): WorkerReading {
  const full = participants?.map((participant) => ({ ...STATISTICS, ...participant })) ?? null;
  return { index, at, statistics: null, participants: full };
}

test('the rates are those of the last interval', () => {
  const meter = new QualityMeter();
  meter.take([reading(0, [{ octetsIn: 5_000, octetsOut: 9_000 }])]);
  expect(meter.of(0, 1)).toMatchObject({ bitsUp: null, bitsDown: null });
  meter.take([reading(2_000, [{ octetsIn: 6_000, octetsOut: 13_000 }])]);
  expect(meter.of(0, 1)).toMatchObject({ bitsUp: 4_000, bitsDown: 16_000 });
});

test("the uplink's loss is that of the last interval, not of all time", () => {
  const meter = new QualityMeter();
  meter.take([reading(0, [{ uplinkLost: 500, uplinkExpected: 1_000 }])]);
  expect(meter.of(0, 1).uplink.loss).toBeNull();
  meter.take([reading(2_000, [{ uplinkLost: 510, uplinkExpected: 1_100 }])]);
  expect(meter.of(0, 1).uplink.loss).toBe(0.1);
  meter.take([reading(4_000, [{ uplinkLost: 510, uplinkExpected: 1_200 }])]);
  expect(meter.of(0, 1).uplink.loss).toBe(0);
});

test('who has come since is known with the first answer', () => {
  const meter = new QualityMeter();
  meter.take([reading(0, [])]);
  meter.take([reading(2_000, [{ uplinkLost: 5, uplinkExpected: 50, octetsIn: 1_000 }])]);
  expect(meter.of(0, 1)).toMatchObject({ bitsUp: 4_000, uplink: { loss: 0.1 } });
});

test('packets that come late make no negative loss', () => {
  const meter = new QualityMeter();
  meter.take([reading(0, [{ uplinkLost: 9, uplinkExpected: 100 }])]);
  meter.take([reading(2_000, [{ uplinkLost: 4, uplinkExpected: 200 }])]);
  expect(meter.of(0, 1).uplink.loss).toBe(0);
});

test('who hardly sends has no loss', () => {
  const meter = new QualityMeter();
  meter.take([reading(0, [{ uplinkLost: 0, uplinkExpected: 100 }])]);
  meter.take([reading(2_000, [{ uplinkLost: 1, uplinkExpected: 100 + MIN_EXPECTED_PACKETS - 1 }])]);
  expect(meter.of(0, 1).uplink.loss).toBeNull();
});

test('the rest is told as the worker tells it, and no jitter of who sends nothing', () => {
  const meter = new QualityMeter();
  meter.take([reading(0, [{ downlinkLoss: 0.2, downlinkJitter: 7, downlinkRoundTrip: 80 }])]);
  expect(meter.of(0, 1).downlink).toEqual({ loss: 0.2, jitter: 7, roundTrip: 80 });
  expect(meter.of(0, 1).uplink).toEqual({ loss: null, jitter: null, roundTrip: null });
  meter.take([reading(0, [{ uplinkExpected: 50, uplinkJitter: 3, uplinkRoundTrip: 81 }])]);
  expect(meter.of(0, 1).uplink).toMatchObject({ jitter: 3, roundTrip: 81 });
});

test('nothing is kept of who has left, nor of a worker that does not answer', () => {
  const meter = new QualityMeter();
  meter.take([reading(0, [{ transportId: 1 }, { transportId: 2 }]), reading(0, [{ transportId: 3 }], 1)]);
  expect(meter.size).toBe(3);
  meter.take([reading(2_000, [{ transportId: 2 }]), reading(2_000, null, 1)]);
  expect(meter.size).toBe(1);
  expect(meter.of(0, 1)).toEqual(UNKNOWN_QUALITY);
  expect(meter.of(1, 3)).toEqual(UNKNOWN_QUALITY);
});
