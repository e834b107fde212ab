/** A service in a process of its own, to which happens what no client can bring about. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { onTestFinished, vi } from 'vitest';
import { EngineClient } from '../../../engine/test/contract/engine-client.js';

const PROGRAM = fileURLToPath(new URL('../../bin/kraken.mjs', import.meta.url));
const MISCHIEF = new URL('mischief.mjs', import.meta.url).href;
/** How long a service may take to come up, in milliseconds. */
const START_TIMEOUT = 20_000;

export type Deed =
  | 'rejection'
  | 'exception'
  | 'block'
  | 'step-clock'
  | 'fight-for-descriptors'
  | 'free-descriptors';

export interface FailingServiceOptions {
  readonly service?: 'engine' | 'monitor';
  /** Where its log goes: a descriptor, or a pipe. */
  readonly log?: number;
  /** A command that runs the program, with its arguments. */
  readonly runner?: readonly string[];
}

export class FailingService extends EngineClient {
  readonly process: ChildProcess;
  /** The log so far, as far as it was read. */
  readonly log: () => string;
  readonly ended: Promise<{ readonly exitCode: number | null; readonly signal: string | null }>;
  readonly #deed: string;

  private constructor(url: string, process: ChildProcess, log: () => string, deed: string) {
    super(url);
    this.process = process;
    this.log = log;
    this.#deed = deed;
    this.ended = once(process, 'exit').then(([exitCode, signal]) => ({ exitCode, signal }));
  }

  /** @param configuration as TOML; ends with the test at the latest */
  static async start(
    configuration: string,
    { service = 'engine', log, runner = [] }: FailingServiceOptions = {},
  ): Promise<FailingService> {
    const directory = mkdtempSync(join(tmpdir(), 'kraken-failing-'));
    const [file, deed] = [join(directory, 'kraken.toml'), join(directory, 'deed')];
    writeFileSync(file, configuration);
    writeFileSync(deed, '');
    const args = ['--import', MISCHIEF, PROGRAM, '-c', file, '-s', service];
    const [command = process.execPath, ...more] = [...runner, process.execPath, ...args];
    const child = spawn(command, more, {
      stdio: ['ignore', log ?? 'pipe', 'pipe'],
      env: { ...process.env, KRAKEN_MISCHIEF: deed },
    });
    const told = { stdout: '', stderr: '' };
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      told.stdout += text;
    });
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      told.stderr += text;
    });
    onTestFinished(() => {
      child.kill('SIGKILL');
      rmSync(directory, { recursive: true });
    });
    const url = await vi.waitFor(
      () => {
        const found = /open (http:\S+)\n/.exec(told.stderr)?.[1];
        if (found === undefined) throw new Error(`it does not start: ${told.stderr}${told.stdout}`);
        return found;
      },
      { timeout: START_TIMEOUT, interval: 50 },
    );
    return new FailingService(url, child, () => told.stdout, deed);
  }

  /** Has something happen in its main thread, in media workers, or in all of these. */
  do(deed: Deed, parameter = 0, threads: 'main' | 'media' | 'media-0' | 'all' = 'main'): void {
    writeFileSync(this.#deed, `${deed} ${parameter} ${threads}\n`);
    this.process.kill('SIGUSR2');
  }

  /** The lines of the log that have this message. */
  lines(message: string): Readonly<Record<string, unknown>>[] {
    return this.log()
      .split('\n')
      .filter((line) => line.startsWith('{') && line.endsWith('}'))
      .map((line) => JSON.parse(line))
      .filter(({ msg }) => msg === message);
  }

  /** Ends it in order. */
  stop(): Promise<{ readonly exitCode: number | null; readonly signal: string | null }> {
    this.process.kill('SIGTERM');
    return this.ended;
  }
}

/** On the loopback, on free ports. */
export const ENGINE =
  '[engine]\ninterface = "lo"\nworkers = 1\nlog-level = "debug"\n[rpc]\nhost = "127.0.0.1"\nport = 0\n';
