import { expect, test } from 'vitest';
import { parseCommandLine } from './command-line.js';

test.each([
  [[], null],
  [['-s', 'engine'], null],
  [['-c', 'config/engine.toml', '-s', 'engine'], 'config/engine.toml'],
  [['--config', 'a.toml', '--service', 'engine'], 'a.toml'],
  [['--config=a.toml'], 'a.toml'],
  [['-c=a.toml', '-s=engine'], 'a.toml'],
])('%j runs the engine', (args, configPath) => {
  expect(parseCommandLine(args)).toEqual({ type: 'run', service: 'engine', configPath });
});

test('-s monitor runs the monitor', () => {
  expect(parseCommandLine(['-c', 'config/monitor.toml', '-s', 'monitor'])).toEqual({
    type: 'run',
    service: 'monitor',
    configPath: 'config/monitor.toml',
  });
});

test.each([
  [['drain', 'e1'], { type: 'drain', engine: 'e1', monitor: { configPath: null, url: null } }],
  [
    ['-c', 'm.toml', 'drain', 'e1'],
    { type: 'drain', engine: 'e1', monitor: { configPath: 'm.toml', url: null } },
  ],
  [
    ['cluster', 'status', '--monitor', 'http://m/'],
    { type: 'status', json: false, monitor: { configPath: null, url: 'http://m/' } },
  ],
  [
    ['cluster', 'status', '--json', '-c=a.toml'],
    { type: 'status', json: true, monitor: { configPath: 'a.toml', url: null } },
  ],
])('%j is a command to a cluster', (args, command) => {
  expect(parseCommandLine(args)).toEqual(command);
});

test('doctor takes the file, the service that it is for, and asks for JSON', () => {
  expect(parseCommandLine(['doctor'])).toEqual({
    type: 'doctor',
    service: null,
    configPath: null,
    json: false,
  });
  expect(parseCommandLine(['doctor', '--json', '-c', 'a.toml', '-s', 'monitor'])).toEqual({
    type: 'doctor',
    service: 'monitor',
    configPath: 'a.toml',
    json: true,
  });
});

test('help and version are answered whatever else is there', () => {
  expect(parseCommandLine(['-h', '-s', 'monitor'])).toEqual({ type: 'help' });
  expect(parseCommandLine(['--help'])).toEqual({ type: 'help' });
  expect(parseCommandLine(['-v'])).toEqual({ type: 'version' });
  expect(parseCommandLine(['--version'])).toEqual({ type: 'version' });
});

test.each([
  [['-s', 'x'], '-s "x": no such service, expected engine or monitor'],
  [['-c', ''], '-c needs the path of a file'],
  [['-c'], 'argument missing'],
  [['--port', '1'], "'--port'"],
  [['engine'], '"engine": no such command'],
  [['drain'], 'drain needs one engine'],
  [['drain', ''], 'drain needs one engine'],
  [['drain', 'a', 'b'], 'drain needs one engine'],
  [['drain', 'a', '-s', 'engine'], '--service is not for drain'],
  [['drain', 'a', '--json'], '--json is not for drain'],
  [['cluster'], 'expected cluster status'],
  [['cluster', 'stat'], 'cluster stat: no such command'],
  [['cluster', 'status', 'a'], 'expected cluster status'],
  [['doctor', 'me'], 'doctor takes no "me"'],
  [['doctor', '--monitor', 'http://a'], '--monitor is not for doctor'],
  [['-s', 'engine', '--monitor', 'http://a'], '--monitor is not for a service'],
])('%j is unusable, in one line', (args, message) => {
  const command = parseCommandLine(args);
  expect(command).toMatchObject({ type: 'unusable', message: expect.stringContaining(message) });
  expect(JSON.stringify(command)).not.toContain('\\n');
});
