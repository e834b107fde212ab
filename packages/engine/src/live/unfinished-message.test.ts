import { expect, test } from 'vitest';
import { UnfinishedMessage } from './unfinished-message.js';

const message = new UnfinishedMessage();

test('a message is as old as its first octets, until it has come whole', () => {
  expect(message.age(50)).toBe(0);
  message.grow(100, 100);
  message.grow(100, 200);
  expect(message.age(300)).toBe(200);
  message.end();
  expect(message.age(400)).toBe(0);
  message.grow(1, 500);
  expect(message.age(600)).toBe(100);
  message.end();
});

test('control frames are none, nor do they make one younger', () => {
  message.grow(6 + 4, 0);
  message.passOver(4);
  expect(message.age(100)).toBe(0);
  message.grow(1_000, 200);
  message.grow(6, 300);
  message.passOver(0);
  expect(message.age(400)).toBe(200);
  message.end();
});
