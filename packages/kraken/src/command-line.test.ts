import { expect, test } from 'vitest';
import { parseCommandLine, USAGE } from './command-line.js';

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

test('load takes a server, and how many join it', () => {
  expect(parseCommandLine(['load', 'http://localhost:7000'])).toEqual({
    type: 'load',
    url: new URL('http://localhost:7000/'),
    rooms: 1,
    participants: 10,
    speakers: 3,
    seconds: 30,
    joinsPerSecond: 10,
    maxLoss: 0.01,
    isAllowedElsewhere: false,
  });
  expect(
    parseCommandLine([
      'load',
      '--participants',
      '2',
      '--max-loss=0.5',
      'https://a',
      '--yes-load-this-server',
    ]),
  ).toMatchObject({ participants: 2, speakers: 2, maxLoss: 0.005, isAllowedElsewhere: true });
  expect(parseCommandLine(['load', '--help'])).toMatchObject({ type: 'help' });
});

test('help and version are answered whatever else is there', () => {
  expect(parseCommandLine(['-h', '-s', 'monitor'])).toEqual({ type: 'help', text: USAGE });
  expect(parseCommandLine(['--help'])).toEqual({ type: 'help', text: USAGE });
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
  [['load'], 'load needs one http or https URL'],
  [['token', '--root'], '(see kraken token --help)'],
  [['drain'], '(see kraken --help)'],
  [['load', 'ftp://a'], 'load needs one http or https URL'],
  [['load', 'http://a', '--rooms', '0'], '--rooms 0: expected a number from 1'],
  [['load', 'http://a', '--rooms', '1.5'], '--rooms 1.5: expected an integer'],
  [['load', 'http://a', '--speakers', '11'], '--speakers 11: expected a number from 0 to 10'],
  [['load', 'http://a', '--rooms', '1000'], '1000 rooms of 10 are more than'],
  [['doctor', 'me'], 'doctor takes no "me"'],
  [['doctor', '--monitor', 'http://a'], '--monitor is not for doctor'],
  [['-s', 'engine', '--monitor', 'http://a'], '--monitor is not for a service'],
])('%j is unusable, in one line', (args, message) => {
  const command = parseCommandLine(args);
  expect(command).toMatchObject({ type: 'unusable', message: expect.stringContaining(message) });
  expect(JSON.stringify(command)).not.toContain('\\n');
});
