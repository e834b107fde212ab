import { spawnSync } from 'node:child_process';
import { createCipheriv, createHmac, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { chooseCores } from '../machine.js';
import { compileNative, NativeError } from './compile.js';
import { compileFloor, FLOOR_VARIANTS, LATENCY_FLOORS, measureFloor } from './floor.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
/** µs */
const SECOND = 1_000_000;
/** Exit code of a program that cannot do it. */
const NO_HARDWARE = 3;
const hasHardware = /\baes\b.*\bsha_ni\b/.test(readFileSync('/proc/cpuinfo', 'utf8'));

test('a program that does not compile is told by the compiler', () => {
  expect(() => compileNative(root, 'no-such-program')).toThrow(NativeError);
});

test('the instructions protect as RFC 3711 says, and a machine without them is told from one with them', () => {
  const [cipherKey, salt, authenticationKey] = [randomBytes(16), randomBytes(14), randomBytes(20)];
  const ssrc = 0xdeadbeef;
  const index = 0x123456789abn;
  const packet = randomBytes(20 + 333);
  const roc = Buffer.alloc(4);
  roc.writeUInt32BE(Number(index >> 16n));
  const counter = Buffer.alloc(16);
  counter.writeUInt32BE(ssrc, 4);
  counter.writeUIntBE(Number(index), 8, 6);
  for (const [i, octet] of salt.entries()) counter.writeUInt8(counter.readUInt8(i) ^ octet, i);
  const cipher = createCipheriv('aes-128-ctr', cipherKey, counter);
  const encrypted = Buffer.concat([packet.subarray(0, 20), cipher.update(packet.subarray(20))]);
  const tag = createHmac('sha1', authenticationKey).update(encrypted).update(roc).digest().subarray(0, 10);

  const keys = [cipherKey, salt, authenticationKey].map((key) => key.toString('hex'));
  const program = compileNative(root, 'srtp_speed').path;
  const args = ['vector', ...keys, String(ssrc), String(index), packet.toString('hex')];
  const { status, stdout } = spawnSync(program, args, { encoding: 'utf8' });
  if (hasHardware) expect(stdout.trim()).toBe(Buffer.concat([encrypted, tag]).toString('hex'));
  else expect(status).toBe(NO_HARDWARE);
});

test.each(FLOOR_VARIANTS)('the floor forwards every packet to all others: $name', (variant) => {
  const rooms = Array.from({ length: 2 }, () => ({ publishers: 3, listeners: 2 }));
  const result = measureFloor(compileFloor(root), rooms, variant, { seconds: 0.5, cores: chooseCores() });
  // Some are on their way when counting begins and when it ends.
  expect(result.packetsOutPerSecond / result.packetsInPerSecond).toBeCloseTo(4, 1);
  expect(result.lost).toBe(0);
  if (result.crypto) expect(result.verified).toBeGreaterThan(0);
});

test.each(LATENCY_FLOORS)(
  'the floor times what it forwards, gathering for $gatherMicroseconds us',
  (variant) => {
    const rooms = [{ publishers: 8, listeners: 0 }];
    const { latency, crypto } = measureFloor(compileFloor(root), rooms, variant, {
      seconds: 1,
      cores: chooseCores(),
    });
    if (!crypto) {
      expect(latency.p50).toBe(0);
      return;
    }
    expect(latency.p50).toBeGreaterThan(variant.gatherMicroseconds / 2);
    // As long as it was measured for.
    expect(latency.p50).toBeLessThan(SECOND);
    expect(latency.p999).toBeGreaterThanOrEqual(latency.p99);
  },
);
