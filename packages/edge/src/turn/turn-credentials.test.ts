import { createHmac } from 'node:crypto';
import { expect, test } from 'vitest';
import { turnServers } from './turn-credentials.js';

const NOW = 1_700_000_000_999;

test('credentials are the HMAC of an expiry one hour ahead and the uid', () => {
  const username = '1700003600:user%201';
  const credential = createHmac('sha1', 'secret').update(username).digest('base64');
  expect(turnServers({ host: 'turn:turn.example.org:443', secret: 'secret' }, 'user%201', NOW)).toEqual([
    { urls: 'turn:turn.example.org:443?transport=udp', username, credential },
    { urls: 'turn:turn.example.org:443?transport=tcp', username, credential },
  ]);
});

test.each([
  ['turn.example.org:3478', 'turn:turn.example.org:3478?transport=udp'],
  ['turns:turn.example.org:5349', 'turns:turn.example.org:5349?transport=udp'],
])('the host %s becomes the URL %s', (host, url) => {
  expect(turnServers({ host, secret: 's' }, 'u', NOW)[0]?.urls).toBe(url);
});

test('without a TURN server the list is empty', () => {
  expect(turnServers(null, 'u', NOW)).toEqual([]);
});
