/** A program that the benchmark starts on one core, with a log of its own, and stops by its process id. */
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const START_TIMEOUT_MS = 15_000;
const STOP_TIMEOUT_MS = 10_000;
const START_POLL_MS = 50;
/** Lines of its log that a failure is told with. */
const TOLD_LINES = 10;

export interface SfuProgram {
  /** What messages and the log's file call it. */
  readonly name: string;
  /** The command and its arguments. */
  readonly command: readonly string[];
  readonly workingFolder: string;
  /** Where the log goes; made if it is not there. */
  readonly folder: string;
  /** The core that it is pinned to, or several. */
  readonly core: number | readonly number[];
  readonly environment?: NodeJS.ProcessEnv;
  /** @returns whether it is up; asked every START_POLL_MS until it is */
  readonly isUp: () => Promise<boolean>;
}

export class SfuProcess {
  readonly pid: number;
  readonly #name: string;
  readonly #process: ChildProcess;
  readonly #logPath: string;
  readonly #killAtExit: () => void;

  private constructor(name: string, pid: number, child: ChildProcess, logPath: string) {
    this.#name = name;
    this.pid = pid;
    this.#process = child;
    this.#logPath = logPath;
    this.#killAtExit = () => child.kill('SIGKILL');
    process.once('exit', this.#killAtExit);
  }

  /** @throws Error with the end of the log when it does not come up */
  static async start(program: SfuProgram): Promise<SfuProcess> {
    const { name, command, workingFolder, folder, core, environment } = program;
    mkdirSync(folder, { recursive: true });
    const logPath = path.join(folder, `${name}.log`);
    const log = openSync(logPath, 'w');
    // taskset replaces itself by the program, so its process id is the program's.
    const child = spawn('taskset', ['-c', String(core), ...command], {
      cwd: workingFolder,
      stdio: ['ignore', log, log],
      env: { ...process.env, ...environment },
    });
    closeSync(log);
    if (child.pid === undefined) throw new Error('taskset could not be started');
    const started = new SfuProcess(name, child.pid, child, logPath);
    await started.#waitUntilUp(program.isUp);
    return started;
  }

  /** Ends it as an operator does, and by force when it does not listen. */
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

  async #waitUntilUp(isUp: () => Promise<boolean>): Promise<void> {
    const deadline = performance.now() + START_TIMEOUT_MS;
    while (!(await isUp())) {
      if (this.#hasEnded()) throw new Error(`${this.#name} ended at its start:\n${this.logEnd()}`);
      if (performance.now() > deadline) {
        await this.stop();
        throw new Error(`${this.#name} did not come up:\n${this.logEnd()}`);
      }
      await sleep(START_POLL_MS);
    }
  }
}

/** @returns a TCP port on the loopback interface that nobody listens on */
export function findFreePort(): Promise<number> {
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
