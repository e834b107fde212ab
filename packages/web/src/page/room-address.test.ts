import { expect, test } from 'vitest';
import { addressOf, roomIn, tokenIn, withoutFragment } from './room-address.js';

test('a room stands in the query or behind the number sign, escaped or not', () => {
  expect(roomIn('https://k.example/?room=blue%20reef')).toBe('blue reef');
  expect(roomIn('https://k.example/#blue%20reef')).toBe('blue reef');
  expect(roomIn('https://k.example/#/blue-reef')).toBe('blue-reef');
  expect(roomIn('https://k.example/#50%')).toBe('50%');
  expect(roomIn('https://k.example/?room=query#hash')).toBe('query');
  expect(roomIn('https://k.example/?room=%20')).toBe('');
  expect(roomIn('https://k.example/')).toBe('');
});

test('an access token behind the number sign is no room, and leaves the address', () => {
  const address = 'https://k.example/?room=blue#token=a.b-c_d.e';
  expect(tokenIn(address)).toBe('a.b-c_d.e');
  expect(roomIn(address)).toBe('blue');
  expect(roomIn('https://k.example/#token=a.b.c')).toBe('');
  expect(withoutFragment(address)).toBe('https://k.example/?room=blue');
  expect(tokenIn('https://k.example/#blue')).toBeNull();
});

test('who opens the address of a room finds the room, whatever its name', () => {
  const room = "Bób's #1 李 & co?";
  const address = addressOf(room, 'https://k.example/talk/?lang=en#old');
  expect(roomIn(address)).toBe(room);
  expect(address).toMatch(/^https:\/\/k\.example\/talk\/\?lang=en&room=/);
  expect(address).not.toContain('#');
});
