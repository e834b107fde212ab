import { expect, test } from 'vitest';
import { Reception } from './reception.js';

function receiveAll(reception: Reception, sequenceNumbers: readonly number[]): void {
  for (const sequenceNumber of sequenceNumbers) receive(reception, sequenceNumber, -1);
}

function receive(reception: Reception, sequenceNumber: number, counter: number): void {
  reception.receive(reception.estimateIndex(sequenceNumber), counter);
}

test('sequence numbers that roll over are counted on', () => {
  const reception = new Reception(1);
  receiveAll(reception, [65_534, 65_535, 0, 1]);
  expect(reception.highest).toBe(65_537);
  expect(reception.received).toBe(4);
});

test('a packet that comes twice counts once, a late one counts', () => {
  const reception = new Reception(1);
  receiveAll(reception, [10, 12, 12, 11, 11, 10, 13]);
  expect(reception.received).toBe(4);
  expect(reception.duplicates).toBe(3);
});

test('a packet too far behind is neither received nor a duplicate', () => {
  const reception = new Reception(1);
  receiveAll(reception, [10, 42, 10, 11]);
  expect(reception.tooLate).toBe(1);
  expect(reception.received).toBe(3);
});

test('the window counts the packets of the publisher that lie in it', () => {
  const reception = new Reception(1);
  receive(reception, 65_535, 7);
  reception.openWindow(9);
  [0, 1, 2].forEach((sequenceNumber) => {
    receive(reception, sequenceNumber, 8 + sequenceNumber);
  });
  reception.closeWindow(12);
  [2, 4, 5].forEach((sequenceNumber) => {
    receive(reception, sequenceNumber, 8 + sequenceNumber);
  });
  expect(reception.receivedInWindow).toBe(2);
  expect(reception.announcedInWindow).toBe(2);
});

test('what an SFU leaves out is not announced, and what is lost is', () => {
  const reception = new Reception(1);
  reception.timestampOffset = 100;
  reception.openWindow(0);
  const counters = [0, 1, 50, 52].map((counter) => reception.counterAt(100 + 960 * counter));
  expect(counters).toEqual([0, 1, 50, 52]);
  [10, 11, 12, 14].forEach((sequenceNumber, place) => {
    receive(reception, sequenceNumber, counters[place] ?? -1);
  });
  expect(reception.receivedInWindow).toBe(4);
  expect(reception.announcedInWindow).toBe(5);
});
