import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigurationError } from '@kraken/edge/config/configuration-error';
import fc from 'fast-check';
import { parse } from 'smol-toml';
import { afterAll, describe, expect, test } from 'vitest';
import { defaultConfig, loadConfig, parseConfig } from './load.js';
import { fileSchema } from './schema.js';

const directory = mkdtempSync(join(tmpdir(), 'kraken-config-'));
afterAll(() => rmSync(directory, { recursive: true }));

const example = readFileSync(new URL('../../../../config/engine.example.toml', import.meta.url), 'utf8');

function problem(toml: string): string {
  try {
    parseConfig(toml, 'engine.toml');
  } catch (error) {
    if (error instanceof ConfigurationError) return error.message;
    throw error;
  }
  return 'accepted';
}

describe('the example file', () => {
  test('documents every key', () => {
    const file = parse(example);
    expect(file).toEqual(fileSchema.parse({}));
    expect(Object.keys(file)).toEqual(Object.keys(fileSchema.shape));
  });

  test('holds the defaults', () => {
    expect({ ...parseConfig(example, 'x'), source: '' }).toEqual({ ...defaultConfig(), source: '' });
  });
});

test('however few joins may be under way, one address or subject takes half of them at most', () => {
  const joinsOf = (lines: string) => parseConfig(`[limits]\n${lines}`, 'x').limits.capacity;
  expect(joinsOf('pending-joins = 60')).toMatchObject({
    pendingJoinsPerAddress: 30,
    pendingJoinsPerSubject: 30,
  });
  expect(joinsOf('pending-joins = 1')).toMatchObject({ pendingJoinsPerAddress: 1 });
  expect(joinsOf('pending-joins = 60\npending-joins-per-address = 50')).toMatchObject({
    pendingJoinsPerAddress: 50,
  });
});

describe("the dashboard's token", () => {
  const EXPECTED = 'expected 16 to 256 letters, digits or -._~+/, = at its end';

  test.each(['0123456789abcdef', 'Az-._~+/09Az-._~==', 'x'.repeat(256)])('%j is taken', (token) => {
    expect(parseConfig(`[admin]\ntoken = "${token}"`, 'x').admin.token).toBe(token);
  });

  test('none is none', () => {
    expect(parseConfig('[admin]\ntoken = ""', 'x').admin.token).toBeNull();
  });

  test.each([
    '"0123456789abcde"',
    '"0123456789 abcdef"',
    `"${'x'.repeat(257)}"`,
    '"=0123456789abcdef"',
    '"schlüsselschlüssel"',
  ])('%s is refused, and not shown', (token) =>
    expect(problem(`[admin]\ntoken = ${token}`)).toBe(`engine.toml: [admin] token = …: ${EXPECTED}`),
  );

  test('nor is one shown that is no text', () => {
    expect(problem('[admin]\ntoken = 123456789012345')).toBe(
      'engine.toml: [admin] token = …: expected a string',
    );
  });
});

describe('a member of a cluster', () => {
  const link = 'url = "http://monitor:7000"\nsecret = "s"\npublic-url = "https://e1.example/"\n';

  test('is reached by its monitor where clients reach it, unless told otherwise', () => {
    expect(parseConfig(`[monitor]\n${link}`, 'x').monitor).toEqual({
      url: 'http://monitor:7000',
      secret: 's',
      region: 'default',
      publicUrl: 'https://e1.example/',
      privateUrl: 'https://e1.example/',
      drainLimit: 30,
      redis: null,
    });
    const config = parseConfig(`[monitor]\n${link}private-url = "http://10.0.0.1:7000"`, 'x');
    expect(config.monitor?.privateUrl).toBe('http://10.0.0.1:7000');
  });

  test.each([
    ['drain-limit = -1', '[monitor] drain-limit = -1: expected an integer from 0 to 86400'],
    ['drain-limit = "1m"', '[monitor] drain-limit = "1m": expected an integer from 0 to 86400'],
    ['redis = "r"', '[monitor] redis = "r": expected a URL such as redis://127.0.0.1:6379'],
    [
      'redis = "redis://r"',
      '[monitor] secret = "": expected the secret that is shared with the monitor, since [monitor] redis',
    ],
    [
      'url = "http://m"\nredis = "redis://r"',
      '[monitor] redis = "redis://r": expected either this or [monitor] url',
    ],
    ['url = "monitor:7000"', '[monitor] url = "monitor:7000": expected an http or https URL'],
    ['url = "http://m"', '[monitor] secret = "": expected the secret that is shared with the monitor'],
    ['url = "http://m"\nsecret = "s"', '[monitor] public-url = "": expected the URL at which clients reach'],
  ])('%j is refused', (toml, message) => {
    expect(problem(`[monitor]\n${toml}`)).toContain(`engine.toml: ${message}`);
  });
});

describe('a configuration that is accepted', () => {
  test('no configuration listens on port 7000 of the loopback, with ports 7100 to 7199 for media', () => {
    const config = defaultConfig();
    expect(config.rpc).toEqual({ host: '127.0.0.1', port: 7000, tls: null, trustedProxies: [] });
    expect(config.media).toMatchObject({
      interfaces: [],
      announced: [],
      portMin: 7100,
      portMax: 7199,
      tcp: true,
    });
    expect(config.media.workers).toBeGreaterThanOrEqual(1);
    expect(config.turn).toBeNull();
    expect(config.callback.allowPrivate).toBe(false);
    expect(config.logLevel).toBe('info');
  });

  test("Kraken's own file keeps its meaning", () => {
    const config = parseConfig(
      '[engine]\ninterface = "eth0"\naddress = ""\nlog-level = 10\nport-min = 0\nport-max = 0\n' +
        '[turn]\nhost = "turn:turn.example.org:443"\nsecret = "secret"\n[rpc]\nport = 7000\n',
      'engine.toml',
    );
    expect(config.media).toMatchObject({ interfaces: ['eth0'], portMin: 7100, portMax: 7199 });
    expect(config.logLevel).toBe('info');
    expect(config.turn).toEqual({ host: 'turn:turn.example.org:443', secret: 'secret' });
  });

  test('interfaces and addresses may be arrays', () => {
    const { media } = parseConfig(
      '[engine]\ninterface = ["lo", "eth0"]\naddress = ["192.0.2.1", "2001:db8::1"]',
      'x',
    );
    expect(media.interfaces).toEqual(['lo', 'eth0']);
    expect(media.announced).toEqual(['192.0.2.1', '2001:db8::1']);
  });

  test.each([
    [0, 'error'],
    [5, 'warn'],
    [10, 'info'],
    [20, 'debug'],
    [25, 'info'],
    [30, 'info'],
    [40, 'warn'],
    [50, 'error'],
    [60, 'fatal'],
    ['"trace"', 'trace'],
    ['"silent"', 'silent'],
  ])('log-level %s is %s', (value, level) => {
    expect(parseConfig(`[engine]\nlog-level = ${value}`, 'x').logLevel).toBe(level);
  });

  test('there are never more workers than ports', () => {
    expect(parseConfig('[engine]\nport-min = 9000\nport-max = 9000', 'x').media.workers).toBe(1);
    expect(parseConfig('[engine]\nworkers = 3', 'x').media.workers).toBe(3);
  });
});

describe('a configuration that is refused names the key and the value', () => {
  test.each([
    ['[rpc]\nport = "abc"', 'engine.toml: [rpc] port = "abc": expected an integer from 0 to 65535'],
    ['[rpc]\nport = 65536', 'engine.toml: [rpc] port = 65536: expected an integer from 0 to 65535'],
    ['[rpc]\nport = -1', 'engine.toml: [rpc] port = -1: expected an integer from 0 to 65535'],
    ['[rpc]\nport = 7000.5', 'engine.toml: [rpc] port = 7000.5: expected an integer from 0 to 65535'],
    ['[rpc]\nport = true', 'engine.toml: [rpc] port = true: expected an integer from 0 to 65535'],
    ['[rpc]\nport = inf', 'engine.toml: [rpc] port = Infinity: expected an integer from 0 to 65535'],
    ['[rpc]\nport = [7000]', 'engine.toml: [rpc] port = [7000]: expected an integer from 0 to 65535'],
    ['[rpc]\nhost = 1', 'engine.toml: [rpc] host = 1: expected a string'],
    [
      '[engine]\nport-min = 7200\nport-max = 7100',
      'engine.toml: [engine] port-min = 7200: expected at most [engine] port-max, which is 7100',
    ],
    [
      '[engine]\nport-min = 7200',
      'engine.toml: [engine] port-min = 7200: expected at most [engine] port-max, which is 0',
    ],
    [
      '[engine]\nport-max = 7200',
      'engine.toml: [engine] port-min = 0: expected a port from 1 to 7200, since [engine] port-max is set',
    ],
    [
      '[engine]\nworkers = 3\nport-min = 7100\nport-max = 7101',
      'engine.toml: [engine] workers = 3: expected at most 2, one per port from [engine] port-min to port-max',
    ],
    ['[engine]\nworkers = -1', 'engine.toml: [engine] workers = -1: expected an integer from 0 to 256'],
    ['[engine]\ntcp = "yes"', 'engine.toml: [engine] tcp = "yes": expected true or false'],
    ['[engine]\nio = "fast"', 'engine.toml: [engine] io = "fast": expected one of auto, batched, dgram'],
    [
      '[engine]\nlog-level = 61',
      'engine.toml: [engine] log-level = 61: expected an integer from 0 to 60 or one of trace, debug, info, warn, error, fatal, silent',
    ],
    [
      '[engine]\ninterface = 1',
      "engine.toml: [engine] interface = 1: expected an interface's name or an array of names",
    ],
    [
      '[engine]\naddress = "example.org"',
      'engine.toml: [engine] address = "example.org": expected an IP address, or an array of one IPv4 and one IPv6 address',
    ],
    [
      '[engine]\naddress = ["192.0.2.1", "192.0.2.2"]',
      'engine.toml: [engine] address = ["192.0.2.1","192.0.2.2"]: expected an IP address, or an array of one IPv4 and one IPv6 address',
    ],
    [
      '[turn]\nhost = "turn:a?transport=udp"',
      'engine.toml: [turn] host = "turn:a?transport=udp": expected turn:host:port',
    ],
    [
      '[turn]\nhost = "turn:a:3478"',
      `engine.toml: [turn] secret = "": expected the TURN server's static-auth-secret, since [turn] host is set`,
    ],
    ['[callback]\nsecret = "short"', 'engine.toml: [callback] secret = …: expected at least 32 octets'],
    ['[callback]\nallow-private = 1', 'engine.toml: [callback] allow-private = 1: expected true or false'],
    ['rpc = 5', 'engine.toml: rpc = 5: expected a section [rpc]'],
    ['[[rpc]]\nport = 1', 'engine.toml: rpc = […]: expected a section [rpc]'],
    [
      '[rpc]\nprot = 7000',
      'engine.toml: [rpc] prot: unknown key (known: host, port, certificate, key, trusted-proxies)',
    ],
    ['[engine]\nport_min = 7000', 'engine.toml: [engine] port_min: unknown key, did you mean port-min?'],
    [
      '[engine]\n__proto__ = 1',
      'engine.toml: [engine] __proto__: unknown key (known: interface, address, log-level, port-min, port-max, workers, spread-room-at, tcp, io)',
    ],
    ['[RPC]\nport = 1', 'engine.toml: [RPC]: unknown section or key, did you mean rpc?'],
    [
      '[servers]\nport = 1',
      'engine.toml: [servers]: unknown section or key (known: engine, recovery, turn, rpc, auth, limits, callback, room, admin, monitor)',
    ],
  ])('%j', (toml, message) => {
    expect(problem(toml)).toBe(message);
  });

  test('broken TOML is refused with its place', () => {
    expect(problem('[rpc]\nport = \n')).toMatch(/^engine\.toml: line 2, column \d+: broken TOML: \S/);
    expect(problem('[rpc\n')).toMatch(/^engine\.toml: line 1, column \d+: broken TOML: \S/);
    expect(problem('[rpc]\nport = 99999999999999999999')).toMatch(/^engine\.toml: line 2/);
  });

  test('a long value is cut', () => {
    expect(problem(`[rpc]\nport = "${'x'.repeat(5000)}"`).length).toBeLessThan(200);
  });

  test('a file that cannot be read is named', () => {
    expect(() => loadConfig(join(directory, 'none.toml'))).toThrow(`${directory}/none.toml: no such file`);
    const folder = join(directory, 'folder');
    mkdirSync(folder);
    expect(() => loadConfig(folder)).toThrow(`${folder}: is a directory`);
    const file = join(directory, 'engine.toml');
    writeFileSync(file, '[rpc]\nport = "x"');
    expect(() => loadConfig(file)).toThrow(`${file}: [rpc] port = "x"`);
  });

  test('whatever the text, the outcome is a configuration or one line', () => {
    const line = fc.oneof(
      fc.string(),
      fc.constantFrom('[engine]', '[rpc]', '[turn]', '[callback]', '[x]'),
      fc
        .tuple(
          fc.constantFrom('port', 'port-min', 'host', 'interface', 'address', 'log-level', 'x', '"a b"'),
          fc.oneof(fc.json(), fc.constantFrom('1979-05-27', '07:32:00', 'nan', '-inf', '{a = 1}', "'x'")),
        )
        .map(([key, value]) => `${key} = ${value}`),
    );
    fc.assert(
      fc.property(fc.array(line, { maxLength: 6 }), (lines) => {
        const outcome = problem(lines.join('\n'));
        if (outcome !== 'accepted') expect(outcome).toMatch(/^engine\.toml: [^\n\r]+$/);
      }),
    );
  });
});
