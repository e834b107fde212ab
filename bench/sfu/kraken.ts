/** Kraken's engine as users start it, of this repository's build, with one media worker unless told otherwise. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { COLLECT_SIGNAL } from './collect-signal.js';
import type { RunningSfu, Sfu, SfuSettings, SfuStart, TomlValue } from './sfu.js';
import { findFreePort, SfuProcess } from './sfu-process.js';

const NAME = 'kraken-ts';
/** Each benchmark takes a hundred media ports by its own process id, clear of the engine's default ones. */
const FIRST_PORT = 20_000;
const PORTS = 100;
const PORT_RANGES = 400;

export const KRAKEN: Sfu = {
  name: NAME,
  whyNotMeasured: async () => null,
  start: startKraken,
};

async function startKraken({ root, folder, core, settings }: SfuStart): Promise<RunningSfu> {
  mkdirSync(folder, { recursive: true });
  const port = await findFreePort();
  const url = `http://127.0.0.1:${port}`;
  const configurationPath = path.join(folder, 'engine.toml');
  writeFileSync(configurationPath, configurationOf(port, settings ?? {}));
  const program = path.join(root, 'packages/kraken/bin/kraken.mjs');
  const collects = settings?.collectsGarbage === true;
  const flags = [
    ...(settings?.profile === true ? ['--cpu-prof', `--cpu-prof-dir=${folder}`] : []),
    ...(settings?.hasSymbols === true ? symbolFlags(folder) : []),
    ...(collects ? ['--import', new URL('collect-on-signal.js', import.meta.url).href] : []),
  ];
  const engine = await SfuProcess.start({
    name: NAME,
    command: [process.execPath, ...flags, program, '-c', configurationPath, '-s', 'engine'],
    workingFolder: root,
    folder,
    core: settings?.cores ?? core,
    isUp: () => answers(url),
  });
  return {
    name: NAME,
    notes: [`version ${versionIn(root)}`, 'SRTP in WebAssembly SIMD, its own'],
    pid: engine.pid,
    target: { kind: 'kraken', url },
    ...(collects ? { collectGarbage: () => process.kill(engine.pid, COLLECT_SIGNAL) } : {}),
    stop: () => engine.stop(),
    logEnd: () => engine.logEnd(),
  };
}

/** V8 writes a log besides, and one per thread into the working folder unless told otherwise. */
function symbolFlags(folder: string): string[] {
  return ['--perf-basic-prof', '--no-logfile-per-isolate', `--logfile=${path.join(folder, 'v8.log')}`];
}

async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(new URL('/healthz', url))).ok;
  } catch {
    return false;
  }
}

function versionIn(root: string): string {
  const { version }: { version: string } = JSON.parse(
    readFileSync(path.join(root, 'packages/engine/package.json'), 'utf8'),
  );
  return version;
}

/** @returns this benchmark's media ports */
export function mediaPorts(): { readonly first: number; readonly last: number } {
  const first = FIRST_PORT + (process.pid % PORT_RANGES) * PORTS;
  return { first, last: first + PORTS - 1 };
}

function configurationOf(rpcPort: number, settings: SfuSettings): string {
  const { first, last } = mediaPorts();
  const engine = {
    interface: 'lo',
    'log-level': 'warn',
    workers: 1,
    'port-min': first,
    'port-max': last,
  };
  return [
    '[engine]',
    ...linesOf({ ...engine, ...settings.engine }),
    '[room]',
    ...linesOf(settings.room ?? { loudest: 0 }),
    '[rpc]',
    'host = "127.0.0.1"',
    `port = ${rpcPort}`,
    ...linesOf(settings.sections?.rpc ?? {}),
    ...Object.entries(settings.sections ?? {}).flatMap(([name, keys]) =>
      name === 'rpc' ? [] : [`[${name}]`, ...linesOf(keys)],
    ),
    '',
  ].join('\n');
}

function linesOf(section: Readonly<Record<string, TomlValue>>): string[] {
  return Object.entries(section).map(([key, value]) => `${key} = ${JSON.stringify(value)}`);
}
