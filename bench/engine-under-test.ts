/** Starts the engine as users start it, pinned to one core, and stops it again. */
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { SignallingClient } from './generator/signalling-client.js';

const START_TIMEOUT_MS = 15_000;
const STOP_TIMEOUT_MS = 10_000;
const START_POLL_MS = 50;
/** Lines of its log that an engine's failure is told with. */
const TOLD_LINES = 10;
/** Each benchmark takes a hundred media ports by its own process id, clear of the engine's default ones. */
const FIRST_PORT = 20_000;
const PORTS = 100;
const PORT_RANGES = 400;

export interface EngineOptions {
  /** The repository. */
  readonly root: string;
  /** Where configuration, log and profiles go. */
  readonly folder: string;
  readonly core: number;
  readonly profile: boolean;
}

export class EngineUnderTest {
  readonly url: string;
  readonly pid: number;
  readonly #process: ChildProcess;
  readonly #logPath: string;
  readonly #killAtExit: () => void;

  private constructor(url: string, pid: number, child: ChildProcess, logPath: string) {
    this.url = url;
    this.pid = pid;
    this.#process = child;
    this.#logPath = logPath;
    this.#killAtExit = () => child.kill('SIGKILL');
    process.once('exit', this.#killAtExit);
  }

  /** @throws Error with the end of the log when the engine does not come up */
  static async start(options: EngineOptions): Promise<EngineUnderTest> {
    const { root, folder, core, profile } = options;
    mkdirSync(folder, { recursive: true });
    const port = await findFreePort();
    const configPath = path.join(folder, 'engine.toml');
    const logPath = path.join(folder, 'engine.log');
    writeFileSync(configPath, configurationOf(port));
    const program = path.join(root, 'packages/engine/bin/kraken.mjs');
    const flags = profile ? ['--cpu-prof', `--cpu-prof-dir=${folder}`] : [];
    const args = ['-c', String(core), process.execPath, ...flags, program, '-c', configPath, '-s', 'engine'];
    const log = openSync(logPath, 'w');
    // taskset replaces itself by the program, so its process id is the engine's.
    const child = spawn('taskset', args, { cwd: root, stdio: ['ignore', log, log] });
    closeSync(log);
    if (child.pid === undefined) throw new Error('taskset could not be started');
    const engine = new EngineUnderTest(`http://127.0.0.1:${port}`, child.pid, child, logPath);
    await engine.#waitUntilUp();
    return engine;
  }

  /** Ends the engine as an operator does, and by force when it does not listen. */
  async stop(): Promise<void> {
    const ended = this.#hasEnded()
      ? Promise.resolve()
      : new Promise<void>((resolve) => this.#process.once('exit', () => resolve()));
    this.#process.kill('SIGTERM');
    const force = setTimeout(() => this.#process.kill('SIGKILL'), STOP_TIMEOUT_MS);
    await ended;
    clearTimeout(force);
    process.removeListener('exit', this.#killAtExit);
  }

  /** @returns the last lines of what it has printed */
  logEnd(): string {
    return readFileSync(this.#logPath, 'utf8').trimEnd().split('\n').slice(-TOLD_LINES).join('\n');
  }

  #hasEnded(): boolean {
    return this.#process.exitCode !== null || this.#process.signalCode !== null;
  }

  async #waitUntilUp(): Promise<void> {
    const client = new SignallingClient(this.url);
    const deadline = performance.now() + START_TIMEOUT_MS;
    try {
      while (!(await answers(client))) {
        if (this.#hasEnded()) throw new Error(`the engine ended at its start:\n${this.logEnd()}`);
        if (performance.now() > deadline) {
          await this.stop();
          throw new Error(`the engine did not come up:\n${this.logEnd()}`);
        }
        await sleep(START_POLL_MS);
      }
    } finally {
      client.close();
    }
  }
}

async function answers(client: SignallingClient): Promise<boolean> {
  try {
    await client.info();
    return true;
  } catch {
    return false;
  }
}

function configurationOf(rpcPort: number): string {
  const portMin = FIRST_PORT + (process.pid % PORT_RANGES) * PORTS;
  return [
    '[engine]',
    'interface = "lo"',
    'log-level = "warn"',
    'workers = 1',
    `port-min = ${portMin}`,
    `port-max = ${portMin + PORTS - 1}`,
    '[rpc]',
    'host = "127.0.0.1"',
    `port = ${rpcPort}`,
    '',
  ].join('\n');
}

function findFreePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}
