/** What deploy/ names is there: metrics in the dashboard and the alerts, sysctls, configurations, limits of the units. */
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parseConfig as parseEngine, startEngine } from '@kraken/engine';
import { MAX_CONNECTIONS } from '@kraken/engine/internal/media/tcp/limits';
import { SOCKET_BUFFER } from '@kraken/engine/internal/media/udp/media-socket';
import { parseConfig as parseMonitor, startMonitor } from '@kraken/monitor';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import { freePort } from '../../monitor/test/free-port.js';

const DEPLOY = join(import.meta.dirname, '../../../deploy');
/** By which Prometheus' histograms are asked for. */
const HISTOGRAM_SUFFIX = /_(bucket|sum|count)$/;
const METRIC = /\b(?:kraken|process)_[a-z_]+\b/g;
/** s: what an engine takes to hand rooms over and to end, behind its drain limit. */
const END_TIME = 45;

const silent = pino({ level: 'silent' });

function read(...path: readonly string[]): string {
  return readFileSync(join(DEPLOY, ...path), 'utf8');
}

/** @returns names of the metrics that a cluster of one engine tells */
async function metricsOfCluster(): Promise<ReadonlySet<string>> {
  const media = await freePort();
  const rpc = '[rpc]\nhost = "127.0.0.1"\nport = 0\n';
  const monitor = await startMonitor(parseMonitor(`[monitor]\nsecret = "s"\n${rpc}`, 'test'), silent);
  const engine = await startEngine(
    parseEngine(
      `[engine]\ninterface = "lo"\nworkers = 1\nport-min = ${media}\nport-max = ${media}\n${rpc}` +
        `[monitor]\nurl = "${monitor.url}"\nsecret = "s"\npublic-url = "http://127.0.0.1:1/"\n`,
      'test',
    ),
    silent,
  );
  try {
    const texts = await Promise.all(
      [engine.url, monitor.url].map(async (url) => (await fetch(new URL('metrics', url))).text()),
    );
    return new Set(
      texts.flatMap((text) => [...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name = '']) => name)),
    );
  } finally {
    await engine.close();
    await monitor.close();
  }
}

function namedMetrics(expressions: readonly string[]): ReadonlySet<string> {
  const names = expressions.flatMap((expression) => expression.match(METRIC) ?? []);
  return new Set(names.map((name) => name.replace(HISTOGRAM_SUFFIX, '')));
}

test('each metric that the dashboard or an alert asks for is told by an engine or a monitor', async () => {
  const there = await metricsOfCluster();
  const dashboard: {
    readonly panels: readonly { readonly targets?: readonly { readonly expr: string }[] }[];
  } = JSON.parse(read('grafana', 'kraken.json'));
  const panels = dashboard.panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr));
  const alerts = read('prometheus', 'alerts.yml');
  expect(panels.length).toBeGreaterThan(20);
  const named = [...namedMetrics([...panels, alerts])];
  expect(named.length).toBeGreaterThan(20);
  expect(named.filter((name) => !there.has(name))).toEqual([]);
});

/** @returns one of the files for containers, as its operator is told to change it */
function withOwnSecrets(name: string): string {
  return read('docker', name).replaceAll('replace-by-', 'own-');
}

test('the sysctls are what the engine asks for', () => {
  const sysctl = read('sysctl', '60-kraken.conf');
  expect(sysctl).toContain(`net.core.rmem_max = ${SOCKET_BUFFER}\n`);
  expect(sysctl).toContain(`net.core.wmem_max = ${SOCKET_BUFFER}\n`);
});

test.each(readdirSync(join(DEPLOY, 'docker')).filter((name) => name.endsWith('.toml')))(
  '%s is sound once its secrets are replaced, and is not taken before',
  (name) => {
    const parse = basename(name) === 'monitor.toml' ? parseMonitor : parseEngine;
    expect(() => parse(read('docker', name), name)).toThrow('expected a secret of your own');
    expect(parse(withOwnSecrets(name), name).rpc.port).toBeGreaterThan(0);
  },
);

test('an engine has time to drain and files for its connections', () => {
  const unit = read('systemd', 'kraken-engine.service');
  const { monitor } = parseEngine(withOwnSecrets('engine-1.toml'), 'engine-1.toml');
  const numberOf = (key: string) => Number(new RegExp(`^${key}=(\\d+)$`, 'm').exec(unit)?.[1]);
  expect(numberOf('TimeoutStopSec')).toBeGreaterThan((monitor?.drainLimit ?? 0) + END_TIME);
  expect(numberOf('LimitNOFILE')).toBeGreaterThan(16 * MAX_CONNECTIONS);
  const grace = Number(/stop_grace_period: (\d+)s/.exec(read('docker', 'compose.yml'))?.[1]);
  expect(grace).toBeGreaterThan((monitor?.drainLimit ?? 0) + END_TIME);
});

test.each(['engine', 'monitor'])(
  'systemd starts an %s anew that has ended by a failure, however often',
  (service) => {
    const unit = read('systemd', `kraken-${service}.service`);
    expect(unit).toMatch(/^Restart=on-failure$/m);
    expect(unit).toMatch(/^StartLimitIntervalSec=0$/m);
    // A wrong command line or configuration; a bug, or what the machine refuses, ends it with 1.
    expect(unit).toMatch(/^RestartPreventExitStatus=64 78$/m);
  },
);
