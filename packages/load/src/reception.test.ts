import { expect, test } from 'vitest';
import { Reception } from './reception.js';

function receiveAll(reception: Reception, sequenceNumbers: readonly number[]): void {
  for (const sequenceNumber of sequenceNumbers) reception.receive(reception.estimateIndex(sequenceNumber));
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
  receiveAll(reception, [65_535]);
  reception.indexOffset = 65_535 - 7;
  reception.openWindow(9);
  receiveAll(reception, [0, 1, 2]);
  reception.closeWindow(12);
  receiveAll(reception, [2, 4, 5]);
  expect(reception.receivedInWindow).toBe(2);
});
