import { expect, test } from 'vitest';
import { nextTransactionId } from './testing/connectivity-checks.js';
import { NOT_FOUND, TRANSACTION_HISTORY_LENGTH, TransactionHistory } from './transaction-history.js';

test('the latest transactions are found under their tuples, older ones are forgotten', () => {
  const history = new TransactionHistory();
  const ids = Array.from({ length: TRANSACTION_HISTORY_LENGTH + 10 }, nextTransactionId);
  for (const [i, id] of ids.entries()) {
    expect(history.find(id, 0)).toBe(NOT_FOUND);
    history.add(id, 0, i);
  }
  expect(ids.map((id) => history.find(id, 0))).toEqual(ids.map((_, i) => (i < 10 ? NOT_FOUND : i)));
});

test('an empty history knows nothing, the transaction of zeros included', () => {
  expect(new TransactionHistory().find(new Uint8Array(12), 0)).toBe(NOT_FOUND);
});

test('each of the twelve bytes counts', () => {
  const history = new TransactionHistory();
  const id = nextTransactionId();
  history.add(id, 0, 7);
  for (let i = 0; i < 12; i++) {
    const other = id.slice();
    other[i] = (other[i] ?? 0) ^ 0x80;
    expect(history.find(other, 0)).toBe(NOT_FOUND);
  }
  expect(history.find(id, 0)).toBe(7);
});
