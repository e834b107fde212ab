/** The checks of the machine, over what the system would tell. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseConfig } from '@kraken/engine';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { checkAnnouncedAddresses } from './announced-address.js';
import { checkCores, checkMemory } from './capacity.js';
import { checkClock } from './clock.js';
import { checkFileDescriptors } from './file-descriptors.js';
import { checkSocketBuffers } from './socket-buffers.js';

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'kraken-doctor-'));
});

afterEach(() => rmSync(directory, { recursive: true }));

test('small socket buffers are a warning that names the sysctl and its value', async () => {
  writeFileSync(join(directory, 'rmem_max'), '212992\n');
  writeFileSync(join(directory, 'wmem_max'), '8388608\n');
  const findings = await checkSocketBuffers(directory);
  expect(findings).toMatchObject([
    { level: 'warning', advice: expect.stringContaining('sysctl -w net.core.rmem_max=4194304') },
  ]);
  writeFileSync(join(directory, 'rmem_max'), '4194304\n');
  expect(await checkSocketBuffers(directory)).toMatchObject([{ level: 'ok' }]);
});

test.each([
  ['unlimited', 'ok'],
  ['1048576', 'ok'],
  ['1024', 'warning'],
  ['64', 'problem'],
])('with %s files that may be open it is %s', async (limit, level) => {
  const file = join(directory, 'limits');
  writeFileSync(
    file,
    `Limit  Soft Limit  Hard Limit  Units\nMax open files            ${limit}  1048576  files\n`,
  );
  expect(await checkFileDescriptors(4_096, file)).toMatchObject([{ level }]);
});

function bound(address: string, announced = address) {
  return { family: announced.includes(':') ? ('IPv6' as const) : ('IPv4' as const), address, announced };
}

test.each([
  ['a private address', [bound('10.0.0.4')], ['warning']],
  ['the loopback address', [bound('127.0.0.1')], ['warning']],
  ['a public address of its own', [bound('8.8.8.8')], ['ok']],
  ['a public address in place of a private one', [bound('10.0.0.4', '8.8.8.8')], ['ok']],
  ['nowhere', [bound('10.0.0.4', '0.0.0.0')], ['problem']],
  ['a private address beside a public one', [bound('8.8.8.8'), bound('fd00::2')], ['ok']],
])('an engine that announces %s', async (_, addresses, levels) => {
  const findings = await checkAnnouncedAddresses(addresses);
  expect(findings.map(({ level }) => level)).toEqual(levels);
});

test('workers that take turns are a warning, and so is little memory', async () => {
  const config = parseConfig('[engine]\nworkers = 4\n', 'test');
  expect(await checkCores(config, { cores: 8, memory: 0 })).toMatchObject([{ level: 'ok' }]);
  expect(await checkCores(config, { cores: 4, memory: 0 })).toMatchObject([{ level: 'warning' }]);
  expect(await checkCores(config, { cores: 1.5, memory: 0 })).toMatchObject([{ level: 'warning' }]);
  expect(await checkMemory({ cores: 1, memory: 2 ** 28 })).toMatchObject([{ level: 'warning' }]);
  expect(await checkMemory({ cores: 1, memory: 2 ** 32 })).toMatchObject([{ level: 'ok' }]);
});

test.each([
  ['the same', 0, 'ok'],
  ['a minute behind', 60_000, 'warning'],
  ['an hour ahead', -3_600_000, 'problem'],
])('a clock that is %s', async (_, difference, level) => {
  const server = createServer((_request, response) => {
    response.setHeader('date', new Date(Date.now() + difference).toUTCString()).end();
  });
  await new Promise<void>((fulfil) => server.listen(0, '127.0.0.1', fulfil));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const [finding] = await checkClock(`http://127.0.0.1:${port}/`, () => null);
  server.close();
  expect(finding).toMatchObject({ check: 'clock', level });
});

test('what the kernel says of the clock is told', async () => {
  expect(await checkClock(null, () => true)).toMatchObject([{ level: 'ok' }]);
  expect(await checkClock(null, () => false)).toMatchObject([{ level: 'warning' }]);
  expect(await checkClock(null, () => null)).toMatchObject([{ level: 'ok' }]);
});
