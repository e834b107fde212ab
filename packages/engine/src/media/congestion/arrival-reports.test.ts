import { expect, test } from 'vitest';
import {
  ArrivalReports,
  MAX_ARRIVAL_REPORT_INTERVAL,
  MIN_ARRIVAL_REPORT_INTERVAL,
} from './arrival-reports.js';

/**
 * Receives packets at one rate for ten seconds.
 * @param interval of packets, ms
 * @param length of packets, octets
 * @returns when reports were due, ms, looked at each millisecond
 */
function reportsAt(interval: number, length: number): readonly number[] {
  const reports = new ArrivalReports(5, 0);
  const times: number[] = [];
  for (let now = 0; now < 10_000; now++) {
    if (now % interval === 0) reports.packetReceived((now / interval) & 0xffff, length, now);
    if (!reports.isDue(now)) continue;
    times.push(now);
    reports.reported(now);
  }
  return times;
}

test('who sends little is told every quarter of a second, who sends much every 50 ms', () => {
  expect(reportsAt(20, 80).length).toBeCloseTo(10_000 / MAX_ARRIVAL_REPORT_INTERVAL, -1);
  expect(reportsAt(1, 200).length).toBeGreaterThan(0.9 * (10_000 / MIN_ARRIVAL_REPORT_INTERVAL));
  const between = reportsAt(5, 80).length;
  expect(between).toBeGreaterThan(50);
  expect(between).toBeLessThan(150);
});

test('who is silent is told nothing', () => {
  const reports = new ArrivalReports(5, 0);
  expect(reports.isDue(1e6)).toBe(false);
  reports.packetReceived(1, 80, 1e6);
  expect(reports.isDue(1e6)).toBe(true);
  reports.reported(1e6);
  expect(reports.isDue(2e6)).toBe(false);
});
