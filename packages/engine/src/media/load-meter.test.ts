import { describe, expect, test } from 'vitest';
import { LOAD_INTERVAL, LoadMeter } from './load-meter.js';

describe('the load of a worker', () => {
  test('is the share of the last interval in which it did not sleep, and what it sent', () => {
    const meter = new LoadMeter(5_000);
    meter.slept(300);
    expect(meter.report(100, 5_000 + LOAD_INTERVAL - 1)).toBeNull();
    meter.slept(200);
    expect(meter.report(400, 5_000 + LOAD_INTERVAL)).toEqual({
      type: 'load',
      busy: 0.5,
      packetsPerSecond: 400,
    });
    meter.slept(2 * LOAD_INTERVAL);
    expect(meter.report(400, 5_000 + 3 * LOAD_INTERVAL)).toEqual({
      type: 'load',
      busy: 0,
      packetsPerSecond: 0,
    });
  });

  test('is told when it changes, and not otherwise', () => {
    const meter = new LoadMeter(0);
    let told = 0;
    for (let second = 1; second <= 20; second++) {
      meter.slept(second <= 10 ? 990 : 700);
      if (meter.report(second, second * 1_000) !== null) told++;
    }
    expect(told).toBe(1);
  });

  test('of a worker that sleeps is never told', () => {
    const meter = new LoadMeter(0);
    for (let second = 1; second <= 10; second++) {
      meter.slept(1_000);
      expect(meter.report(0, second * 1_000)).toBeNull();
    }
  });
});
