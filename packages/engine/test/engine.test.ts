import { parseConfig, type RunningEngine, startEngine } from '@kraken/engine';
import { pino } from 'pino';
import { afterEach, expect, test } from 'vitest';

const logger = pino({ level: 'silent' });

let engines: RunningEngine[] = [];
afterEach(async () => {
  await Promise.all(engines.map((engine) => engine.close()));
  engines = [];
});

async function start(engine = ''): Promise<RunningEngine> {
  const config = parseConfig(`[engine]\ninterface = "lo"\n${engine}\n[rpc]\nport = 0`, 'engine.toml');
  const running = await startEngine(config, logger);
  engines.push(running);
  return running;
}

function ports({ mediaAddresses }: RunningEngine): readonly number[] {
  return [...new Set(mediaAddresses.map(({ port }) => port))];
}

test('each media worker has a port of its own, over UDP and TCP, on every address', async () => {
  const engine = await start('workers = 2');
  expect(ports(engine)).toHaveLength(2);
  for (const port of ports(engine)) {
    const own = engine.mediaAddresses.filter((address) => address.port === port);
    expect(own.map(({ transport, address }) => `${transport} ${address}`).sort()).toEqual([
      'tcp 127.0.0.1',
      'tcp ::1',
      'udp 127.0.0.1',
      'udp ::1',
    ]);
  }
});

test('a configured address is announced once, in place of the own', async () => {
  const { mediaAddresses } = await start('workers = 1\ntcp = false\naddress = ["192.0.2.1", "2001:db8::1"]');
  expect(mediaAddresses.map(({ transport, address }) => `${transport} ${address}`)).toEqual([
    'udp 192.0.2.1',
    'udp 2001:db8::1',
  ]);
});

test('every worker tells its statistics', async () => {
  const { workers } = await (await start('workers = 2')).statistics();
  expect(workers).toHaveLength(2);
  for (const worker of workers) expect(worker).toMatchObject({ transports: 0, packetsIn: 0, packetsOut: 0 });
});

test('two engines of one machine do not share ports, and a closed one gives them back', async () => {
  const first = await start('workers = 1');
  const second = await start('workers = 1');
  expect(ports(first)).not.toEqual(ports(second));
  await first.close();
  const third = await start('workers = 1');
  expect(ports(third)).toEqual(ports(first));
  engines = [second, third];
});

test.each(['dgram', 'batched'])('media is taken by %s', async (io) => {
  const engine = await start(`workers = 1\nio = "${io}"`);
  expect(ports(engine)).toHaveLength(1);
});
