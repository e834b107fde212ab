/** TURN credentials, checked as coturn checks them. */
import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ContractEngine } from './contract-engine.js';

const SECRET = 'north wind & sun';

let engine: ContractEngine;
beforeAll(async () => {
  engine = await ContractEngine.start(`[turn]\nhost = "turn:turn.example.org:3478"\nsecret = "${SECRET}"`);
});
afterAll(() => engine.stop());

test.each(['u', '3d8e7f0a-2a60-4b9d-8b4b-6d1d0c9f7e21', 'a:b c%', ''])(
  'turn [%j] is a bare array of UDP and TCP with an hour of credit',
  async (uid) => {
    const now = Math.floor(Date.now() / 1000);
    const servers = await engine.call('turn', uid);
    expect(servers.map(({ urls }) => urls)).toEqual([
      'turn:turn.example.org:3478?transport=udp',
      'turn:turn.example.org:3478?transport=tcp',
    ]);
    for (const server of servers) {
      expect(Object.keys(server)).toEqual(['urls', 'username', 'credential']);
      const [, expiry = '', name] = /^(\d+):(.*)$/.exec(server.username) ?? [];
      expect(name).toBe(uid);
      expect(Number(expiry) - now).toBeGreaterThanOrEqual(3600);
      expect(Number(expiry) - now).toBeLessThan(3660);
      expect(server.credential).toBe(createHmac('sha1', SECRET).update(server.username).digest('base64'));
    }
  },
);

test('without a TURN server the array is empty', async () => {
  const plain = await ContractEngine.start();
  try {
    expect((await plain.post('{"id":"1","method":"turn","params":["u"]}')).text).toBe('{"id":"1","data":[]}');
  } finally {
    await plain.stop();
  }
});
