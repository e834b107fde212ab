/**
 * `npm run cluster`: a monitor and two engines on this machine, from a fresh clone and without any configuration. Ends
 * them in order on SIGINT and SIGTERM.
 */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ensureDependencies, root } from './dependencies.mjs';
import { endWithParent } from './end-with-parent.mjs';

const MONITOR_PORT = 7000;
const ENGINE_PORTS = [7001, 7002];
/** Media ports of each engine. */
const FIRST_MEDIA_PORT = 7100;
const MEDIA_PORTS = 50;

ensureDependencies();
const { build } = await import('./build.mjs');
await build();

const program = path.join(root, 'packages/kraken/bin/kraken.mjs');
const directory = mkdtempSync(path.join(tmpdir(), 'kraken-cluster-'));
const secret = randomBytes(32).toString('hex');
const services = [
  ['monitor', `[monitor]\nsecret = "${secret}"\n[rpc]\nport = ${MONITOR_PORT}\n`],
  ...ENGINE_PORTS.map((port, place) => ['engine', engineToml(port, FIRST_MEDIA_PORT + place * MEDIA_PORTS)]),
];
/** Those that have been asked to end: a second signal would end them without order. */
const asked = new Set();
const children = services.map(([service, toml], place) => start(service, toml, `${service}-${place}.toml`));
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => stop());
endWithParent();
const codes = await Promise.all(children.map((child) => new Promise((fulfil) => child.once('exit', fulfil))));
rmSync(directory, { recursive: true });
process.exitCode = codes.every((code) => code === 0) ? 0 : 1;

function engineToml(port, mediaPort) {
  return (
    `[engine]\nport-min = ${mediaPort}\nport-max = ${mediaPort + MEDIA_PORTS - 1}\n[rpc]\nport = ${port}\n` +
    `[monitor]\nurl = "http://127.0.0.1:${MONITOR_PORT}/"\nsecret = "${secret}"\n` +
    `public-url = "http://127.0.0.1:${port}/"\n`
  );
}

/** When one ends, all end: a cluster that lacks a part is not what was asked for. */
function start(service, toml, name) {
  const file = path.join(directory, name);
  writeFileSync(file, toml);
  const child = spawn(process.execPath, [program, '-c', file, '-s', service], { stdio: 'inherit' });
  child.once('exit', () => stop());
  return child;
}

/**
 * Engines first, so that the monitor hears that they end; called again with each that has ended. SIGINT, since there is
 * nobody to whom an engine could hand its rooms over after a SIGTERM.
 */
function stop() {
  const [monitor, ...engines] = children;
  const running = engines.filter(isRunning);
  for (const child of running.length > 0 ? running : [monitor]) {
    if (asked.has(child) || !isRunning(child)) continue;
    asked.add(child);
    child.kill('SIGINT');
  }
}

function isRunning(child) {
  return child.exitCode === null && child.signalCode === null;
}
