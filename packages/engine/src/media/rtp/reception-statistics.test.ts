import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  MAX_DROPOUT,
  MAX_MISORDER,
  type ReceptionReport,
  ReceptionStatistics,
} from './reception-statistics.js';

const SSRC = 0xcafe;
const CLOCK_RATE = 48_000;

function emptyReport(): ReceptionReport {
  return {
    ssrc: 0,
    fractionLost: 0,
    cumulativeLost: 0,
    extendedHighestSequenceNumber: 0,
    jitter: 0,
    lastSenderReport: 0,
    delaySinceLastSenderReport: 0,
  };
}

function reportOf(statistics: ReceptionStatistics, now = 0): ReceptionReport {
  const report = emptyReport();
  statistics.report(report, now);
  return report;
}

/** Packets of 20 ms that arrive on time. */
function receive(statistics: ReceptionStatistics, ...sequenceNumbers: readonly number[]): void {
  for (const sequenceNumber of sequenceNumbers) {
    statistics.packetReceived(sequenceNumber, (sequenceNumber * 960) >>> 0, sequenceNumber * 20);
  }
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, index) => (from + index) & 0xffff);
}

describe('loss (RFC 3550 A.3)', () => {
  test('nothing received is an empty report', () => {
    const statistics = new ReceptionStatistics(SSRC, CLOCK_RATE);
    expect(statistics.heardSinceReport).toBe(false);
    expect(reportOf(statistics)).toEqual({ ...emptyReport(), ssrc: SSRC });
  });

  test('all packets received is no loss', () => {
    const statistics = new ReceptionStatistics(SSRC, CLOCK_RATE);
    receive(statistics, ...range(100, 200));
    expect(reportOf(statistics)).toMatchObject({
      fractionLost: 0,
      cumulativeLost: 0,
      extendedHighestSequenceNumber: 199,
    });
  });

  test('the fraction is of the interval, the count is of the whole', () => {
    const statistics = new ReceptionStatistics(SSRC, CLOCK_RATE);
    receive(statistics, ...range(0, 75), ...range(99, 100));
    expect(reportOf(statistics)).toMatchObject({
      fractionLost: Math.floor((24 * 256) / 100),
      cumulativeLost: 24,
    });
    receive(statistics, ...range(100, 150), 199);
    expect(reportOf(statistics)).toMatchObject({
      fractionLost: Math.floor((49 * 256) / 100),
      cumulativeLost: 73,
    });
    receive(statistics, ...range(200, 300));
    expect(reportOf(statistics)).toMatchObject({ fractionLost: 0, cumulativeLost: 73 });
  });

  test('an interval without packets is no loss and nothing heard', () => {
    const statistics = new ReceptionStatistics(SSRC, CLOCK_RATE);
    receive(statistics, 1, 2, 5);
    expect(statistics.heardSinceReport).toBe(true);
    expect(reportOf(statistics).fractionLost).toBe(Math.floor((2 * 256) / 5));
    expect(statistics.heardSinceReport).toBe(false);
    expect(reportOf(statistics)).toMatchObject({ fractionLost: 0, cumulativeLost: 2 });
  });

  test('a late packet makes up for its loss', () => {
    const statistics = new ReceptionStatistics(SSRC, CLOCK_RATE);
    receive(statistics, 10, 11, 13);
    expect(reportOf(statistics).cumulativeLost).toBe(1);
    receive(statistics, 12, 14);
    expect(reportOf(statistics)).toMatchObject({ fractionLost: 0, cumulativeLost: 0 });
  });

  test('duplicates make the count negative, and the fraction zero', () => {
    const statistics = new ReceptionStatistics(SSRC, CLOCK_RATE);
    receive(statistics, 10, 11, 11, 11);
    expect(reportOf(statistics)).toMatchObject({ fractionLost: 0, cumulativeLost: -2 });
  });

  test('the count stops at the bounds of 24 bits', () => {
    const statistics = new ReceptionStatistics(SSRC, CLOCK_RATE);
    for (let index = 0, sequenceNumber = 0; index < 3000; index += 1) {
      statistics.packetReceived(sequenceNumber, 0, 0);
      sequenceNumber = (sequenceNumber + MAX_DROPOUT - 1) & 0xffff;
    }
    expect(reportOf(statistics)).toMatchObject({ fractionLost: 255, cumulativeLost: 0x7fffff });
  });
});

describe('sequence numbers (RFC 3550 A.1)', () => {
  test('a rollover counts as a cycle', () => {
    const statistics = new ReceptionStatistics(SSRC, CLOCK_RATE);
    receive(statistics, ...range(65530, 65536), ...range(0, 6));
    expect(reportOf(statistics)).toMatchObject({
      fractionLost: 0,
      cumulativeLost: 0,
      extendedHighestSequenceNumber: 0x10005,
    });
  });

  test('loss across a rollover is counted', () => {
    const statistics = new ReceptionStatistics(SSRC, CLOCK_RATE);
    receive(statistics, 65534, 2);
    expect(reportOf(statistics)).toMatchObject({
      cumulativeLost: 3,
      extendedHighestSequenceNumber: 0x10002,
    });
  });

  test('a late packet from before a rollover does not undo it', () => {
    const statistics = new ReceptionStatistics(SSRC, CLOCK_RATE);
    receive(statistics, 65534, 0, 65535, 1);
    expect(reportOf(statistics)).toMatchObject({
      cumulativeLost: 0,
      extendedHighestSequenceNumber: 0x10001,
    });
  });

  test('two packets in sequence after a large jump are a restart', () => {
    const statistics = new ReceptionStatistics(SSRC, CLOCK_RATE);
    receive(statistics, ...range(0, 50));
    receive(statistics, 30_000);
    expect(reportOf(statistics)).toMatchObject({ extendedHighestSequenceNumber: 49 });
    receive(statistics, 30_001, 30_002);
    expect(reportOf(statistics)).toMatchObject({
      fractionLost: 0,
      cumulativeLost: 0,
      extendedHighestSequenceNumber: 30_002,
    });
  });

  test('one stray packet far away is left out', () => {
    const statistics = new ReceptionStatistics(SSRC, CLOCK_RATE);
    receive(statistics, 1, 2, 30_000, 3);
    expect(reportOf(statistics)).toMatchObject({ cumulativeLost: 0, extendedHighestSequenceNumber: 3 });
  });

  test('the bounds are MAX_DROPOUT ahead and MAX_MISORDER behind', () => {
    const reportAfter = (sequenceNumber: number): readonly [highest: number, lost: number] => {
      const statistics = new ReceptionStatistics(SSRC, CLOCK_RATE);
      receive(statistics, 10_000, sequenceNumber);
      const { extendedHighestSequenceNumber, cumulativeLost } = reportOf(statistics);
      return [extendedHighestSequenceNumber, cumulativeLost];
    };
    expect(reportAfter(10_000 + MAX_DROPOUT - 1)).toEqual([12_999, 2998]);
    expect(reportAfter(10_000 + MAX_DROPOUT)).toEqual([10_000, 0]);
    expect(reportAfter(10_000 - MAX_MISORDER + 1)).toEqual([10_000, -1]);
    expect(reportAfter(10_000 - MAX_MISORDER)).toEqual([10_000, 0]);
  });
});

describe('jitter (RFC 3550 A.8)', () => {
  test('is zero when packets come as they were sent', () => {
    const statistics = new ReceptionStatistics(SSRC, CLOCK_RATE);
    receive(statistics, ...range(0, 100));
    expect(reportOf(statistics).jitter).toBe(0);
  });

  test('follows the formula by hand', () => {
    // 8 kHz, 20 ms = 160 ticks; arrivals 0, 2580, 40, 60 ms: D = +20480, -20480, 0 ticks.
    // J = 20480/16 = 1280; 1280 + (20480 - 1280)/16 = 2480; 2480 - 2480/16 = 2325.
    const statistics = new ReceptionStatistics(SSRC, 8000);
    statistics.packetReceived(1, 0, 0);
    statistics.packetReceived(2, 160, 2580);
    expect(reportOf(statistics).jitter).toBe(1280);
    statistics.packetReceived(3, 320, 40);
    expect(reportOf(statistics).jitter).toBe(2480);
    statistics.packetReceived(4, 480, 60);
    expect(reportOf(statistics).jitter).toBe(2325);
  });

  test('keeps its fractions, and is reported in whole units', () => {
    // D = +80, -80, 0 ticks: J = 5, 9.6875, 9.08203125.
    const statistics = new ReceptionStatistics(SSRC, 8000);
    statistics.packetReceived(1, 0, 0);
    statistics.packetReceived(2, 160, 30);
    statistics.packetReceived(3, 320, 40);
    expect(reportOf(statistics).jitter).toBe(9);
    statistics.packetReceived(4, 480, 60);
    expect(reportOf(statistics).jitter).toBe(9);
  });

  test('is not disturbed by a timestamp that rolls over', () => {
    const statistics = new ReceptionStatistics(SSRC, CLOCK_RATE);
    statistics.packetReceived(1, 0xffffffff - 959, 1000);
    statistics.packetReceived(2, 0, 1020);
    statistics.packetReceived(3, 960, 1040);
    expect(reportOf(statistics).jitter).toBe(0);
  });

  test('is not disturbed by silence: the timestamp goes on with the clock', () => {
    const statistics = new ReceptionStatistics(SSRC, CLOCK_RATE);
    statistics.packetReceived(1, 0, 1000);
    statistics.packetReceived(2, 400 * 48, 1400);
    expect(reportOf(statistics).jitter).toBe(0);
  });

  test('is not disturbed by a restart of the source', () => {
    const statistics = new ReceptionStatistics(SSRC, CLOCK_RATE);
    receive(statistics, ...range(0, 10));
    statistics.packetReceived(40_000, 77, 200);
    statistics.packetReceived(40_001, 77 + 960, 220);
    statistics.packetReceived(40_002, 77 + 1920, 240);
    expect(reportOf(statistics).jitter).toBe(0);
  });
});

describe('last sender report', () => {
  test('goes back with the time since it came', () => {
    const statistics = new ReceptionStatistics(SSRC, CLOCK_RATE);
    statistics.senderReportReceived(0xb7052000, 10_000);
    // 5.25 s, as in the example of RFC 3550 section 6.4.1, figure 2.
    expect(reportOf(statistics, 15_250)).toMatchObject({
      lastSenderReport: 0xb7052000,
      delaySinceLastSenderReport: 0x00054000,
    });
  });

  test('its delay stays within 32 bits, and is never negative', () => {
    const statistics = new ReceptionStatistics(SSRC, CLOCK_RATE);
    statistics.senderReportReceived(1, 10_000);
    expect(reportOf(statistics, 10_000 + 86_400_000).delaySinceLastSenderReport).toBe(0xffffffff);
    expect(reportOf(statistics, 9000).delaySinceLastSenderReport).toBe(0);
  });

  test('without a clock of the sender leaves both at zero', () => {
    const statistics = new ReceptionStatistics(SSRC, CLOCK_RATE);
    statistics.senderReportReceived(0, 10_000);
    expect(reportOf(statistics, 11_000)).toMatchObject({
      lastSenderReport: 0,
      delaySinceLastSenderReport: 0,
    });
  });
});

describe('totals', () => {
  test('leave out what was lost, and take it back when it comes late', () => {
    const statistics = new ReceptionStatistics(SSRC, CLOCK_RATE);
    for (const sequenceNumber of [10, 11, 14]) statistics.packetReceived(sequenceNumber, 0, 0);
    expect([statistics.expected, statistics.lost]).toEqual([5, 2]);
    statistics.packetReceived(12, 0, 0);
    expect([statistics.expected, statistics.lost]).toEqual([5, 1]);
  });

  test('go on when the source restarts its numbers and when reports are made', () => {
    const statistics = new ReceptionStatistics(SSRC, CLOCK_RATE);
    for (const sequenceNumber of [10, 12]) statistics.packetReceived(sequenceNumber, 0, 0);
    reportOf(statistics, 0);
    for (const sequenceNumber of [40_000, 40_001, 40_003]) statistics.packetReceived(sequenceNumber, 0, 0);
    expect([statistics.expected, statistics.lost]).toEqual([6, 2]);
  });

  test('are nothing before the first packet', () => {
    const { expected, lost, jitter } = new ReceptionStatistics(SSRC, CLOCK_RATE);
    expect([expected, lost, jitter]).toEqual([0, 0, 0]);
  });
});

test('whatever comes, every field of the report fits its bits', () => {
  const packet = fc.tuple(
    fc.oneof(fc.integer({ min: 0, max: 0xffff }), fc.integer({ min: 0, max: 300 })),
    fc.integer({ min: 0, max: 0xffffffff }),
    fc.integer({ min: 0, max: 100_000_000 }),
    fc.boolean(),
  );
  fc.assert(
    fc.property(fc.array(packet, { maxLength: 60 }), (packets) => {
      const statistics = new ReceptionStatistics(SSRC, CLOCK_RATE);
      const report = emptyReport();
      for (const [sequenceNumber, timestamp, arrival, reported] of packets) {
        statistics.packetReceived(sequenceNumber, timestamp, arrival);
        if (reported) statistics.report(report, arrival);
        const { cumulativeLost, fractionLost, ...unsigned } = report;
        expect(fractionLost & 0xff).toBe(fractionLost);
        expect((cumulativeLost << 8) >> 8).toBe(cumulativeLost);
        for (const value of Object.values(unsigned)) expect(value >>> 0).toBe(value);
      }
    }),
  );
});
