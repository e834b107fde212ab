import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, expect, test } from 'vitest';

const ROOT = join(import.meta.dirname, '../../..');
const DIST = join(import.meta.dirname, '../dist');
const SIZE_LIMIT = 12 * 1024;
const bundle = readFileSync(join(DIST, 'kraken-client.js'));
const folder = mkdtempSync(join(tmpdir(), 'kraken-client-'));

afterAll(() => rmSync(folder, { recursive: true }));

const APPLICATION = `
import { type Call, CallError, devices, join, RoomFullError } from './kraken-client.js';

export async function start(signal: AbortSignal): Promise<Call> {
  try {
    const call = await join({ url: 'https://example.org/', room: 'r', name: 'Ann', signal });
    call.addEventListener('joined', ({ participant }) => console.log(participant.name, participant.stream));
    call.addEventListener('ended', ({ reason, error }) => console.log(reason, error?.code));
    // @ts-expect-error no such event property
    call.addEventListener('levels', ({ participant }) => participant);
    for (const { uid, volume } of call.participants.values()) console.log(uid, volume);
    const { microphones } = await devices();
    await call.setMicrophone(microphones[0]?.deviceId ?? null);
    return call;
  } catch (error) {
    if (error instanceof RoomFullError || (error instanceof CallError && error.code === 'unreachable')) alert(error.message);
    throw error;
  }
}
`;

test('the bundle is one module below 12 KB, compressed', () => {
  expect(gzipSync(bundle).length).toBeLessThan(SIZE_LIMIT);
  expect(bundle.toString()).not.toMatch(/\bimport\b\s*[{*"'(]/);
});

test('it exports what is documented', async () => {
  const module: object = await import(join(DIST, 'kraken-client.js'));
  expect(Object.keys(module).sort()).toEqual([
    'AbortedError',
    'CallError',
    'InsecurePageError',
    'MicrophoneBusyError',
    'NoMicrophoneError',
    'NotAllowedError',
    'PermissionDeniedError',
    'RefusedError',
    'RoomFullError',
    'TokenError',
    'UnreachableError',
    'UnsupportedError',
    'devices',
    'join',
    'meter',
    'openMicrophone',
  ]);
});

test('its declarations stand by themselves, and type the events', () => {
  copyFileSync(join(DIST, 'kraken-client.d.ts'), join(folder, 'kraken-client.d.ts'));
  writeFileSync(join(folder, 'application.ts'), APPLICATION);
  writeFileSync(join(folder, 'package.json'), '{"type": "module"}');
  const options = [
    '--noEmit',
    '--strict',
    '--target',
    'es2022',
    '--module',
    'nodenext',
    '--lib',
    'es2022,dom,dom.iterable',
  ];
  const compiler = join(ROOT, 'node_modules/typescript/bin/tsc');
  const compiled = spawnSync(process.execPath, [compiler, ...options, '--types', '', 'application.ts'], {
    cwd: folder,
    encoding: 'utf8',
  });
  expect(compiled.stdout + compiled.stderr).toBe('');
  expect(compiled.status).toBe(0);
});
