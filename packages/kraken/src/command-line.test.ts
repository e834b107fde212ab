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
  [['engine'], "'engine'"],
])('%j is unusable, in one line', (args, message) => {
  const command = parseCommandLine(args);
  expect(command).toMatchObject({ type: 'unusable', message: expect.stringContaining(message) });
  expect(JSON.stringify(command)).not.toContain('\\n');
});
