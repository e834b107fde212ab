import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ARRIVAL_WINDOW, ArrivalLog } from './arrival-log.js';

/** @returns what there is to tell: ticks by sequence number, null for what is missing */
function told(log: ArrivalLog): (readonly [sequenceNumber: number, ticks: number | null])[] {
  const found: (readonly [number, number | null])[] = [];
  for (let number = log.first; number < log.end; number++) {
    found.push([number & 0xffff, log.hasArrived(number) ? log.ticksOf(number) : null]);
  }
  return found;
}

test('arrivals are kept in ticks of 250 µs, until they have been told', () => {
  const log = new ArrivalLog();
  log.record(7, 1000);
  log.record(8, 1000.2);
  log.record(9, 1000.26);
  expect(told(log)).toEqual([
    [7, 4000],
    [8, 4000],
    [9, 4001],
  ]);
  log.markTold();
  expect(log.isPending).toBe(false);
  log.record(10, 2000);
  expect(log.isPending).toBe(true);
  expect(told(log)).toEqual([[10, 8000]]);
});

test('numbers that were left out are missing, over the wrap of the sequence number', () => {
  const log = new ArrivalLog();
  log.record(0xfffe, 1);
  log.record(1, 2);
  expect(told(log)).toEqual([
    [0xfffe, 4],
    [0xffff, null],
    [0, null],
    [1, 8],
  ]);
});

test('of packets with one number the first counts', () => {
  const log = new ArrivalLog();
  log.record(7, 1);
  log.record(7, 2);
  log.markTold();
  log.record(7, 3);
  expect(log.isPending).toBe(false);
  expect(told(log)).toEqual([]);
});

test('a packet that was told of as missing is told of when it comes, with all behind it', () => {
  const log = new ArrivalLog();
  log.record(7, 1);
  log.record(9, 2);
  log.markTold();
  log.record(8, 3);
  expect(told(log)).toEqual([
    [8, 12],
    [9, 8],
  ]);
});

test('one that is older than the first that ever came is told of as well', () => {
  const log = new ArrivalLog();
  log.record(0, 1);
  log.record(0xffff, 2);
  expect(told(log)).toEqual([
    [0xffff, 8],
    [0, 4],
  ]);
});

test('a leap beyond the window, either way, begins anew', () => {
  const log = new ArrivalLog();
  for (const leap of [1000, 1000 + ARRIVAL_WINDOW, 30_000, 1000]) {
    log.record(leap, 1);
    expect(told(log)).toEqual([[leap, 4]]);
  }
});

test('nothing that comes makes it remember more than its window, or anything that did not come', () => {
  const step = fc.oneof(
    fc.integer({ min: -20, max: 20 }),
    fc.integer({ min: -0x8000, max: 0x7fff }),
    fc.constantFrom(ARRIVAL_WINDOW, -ARRIVAL_WINDOW, ARRIVAL_WINDOW - 1, 1 - ARRIVAL_WINDOW),
  );
  fc.assert(
    fc.property(fc.array(fc.record({ step, isTold: fc.boolean() }), { maxLength: 200 }), (packets) => {
      const log = new ArrivalLog();
      const arrivals = new Map<number, Set<number>>();
      let sequenceNumber = 0;
      packets.forEach(({ step, isTold }, index) => {
        sequenceNumber = (sequenceNumber + step) & 0xffff;
        log.record(sequenceNumber, index);
        const times = arrivals.get(sequenceNumber) ?? new Set();
        arrivals.set(sequenceNumber, times.add(index * 4));
        expect(log.end - log.first).toBeLessThanOrEqual(ARRIVAL_WINDOW);
        for (const [number, ticks] of told(log)) {
          if (ticks !== null) expect(arrivals.get(number)?.has(ticks)).toBe(true);
        }
        if (log.isPending) expect(log.hasArrived(log.end - 1)).toBe(true);
        if (isTold) log.markTold();
      });
    }),
  );
});
