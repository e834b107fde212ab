import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';

const LOG_CHARACTERS_MAX = 400_000;

/** How a process ended: its exit code, or the signal that ended it. */
export interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly milliseconds: number;
}

/** A program that a test started, with what it printed, stopped by its own process id. */
export class StartedProcess {
  readonly #child: ChildProcess;
  readonly #name: string;
  readonly #kill = (): boolean => this.#child.kill('SIGKILL');
  #log = '';

  /** @param command program and parameters; it ends at the latest with this process */
  constructor(command: readonly string[]) {
    const [program = '', ...parameters] = command;
    this.#name = command.join(' ');
    this.#child = spawn(program, parameters, { stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => this.#collect(text));
    }
    this.#child.on('error', (error) => this.#collect(`${error.message}\n`));
    process.once('exit', this.#kill);
    this.#child.once('exit', () => process.off('exit', this.#kill));
  }

  /** Everything that the program printed, standard output and error together. */
  get log(): string {
    return this.#log;
  }

  get #ended(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null || this.#child.pid === undefined;
  }

  /**
   * Waits until `isReady` says so.
   * @throws with the log when the program ended or the time is up
   */
  async waitUntil(isReady: () => boolean | Promise<boolean>, milliseconds: number): Promise<void> {
    const deadline = Date.now() + milliseconds;
    while (!(await isReady())) {
      if (this.#ended) throw new Error(`${this.#name} ended at once:\n${this.#log}`);
      if (Date.now() > deadline) throw new Error(`${this.#name} is not ready in time:\n${this.#log}`);
      await sleep(50);
    }
  }

  /**
   * Asks the program to end with SIGTERM; kills it when the time is up.
   * @throws when it had to be killed
   */
  async stop(milliseconds: number): Promise<Ending> {
    const started = performance.now();
    if (!this.#ended) {
      const exited = once(this.#child, 'exit');
      this.#child.kill('SIGTERM');
      const timeout = setTimeout(() => this.#child.kill('SIGKILL'), milliseconds);
      await exited;
      clearTimeout(timeout);
    }
    const { exitCode: code, signalCode: signal } = this.#child;
    if (signal === 'SIGKILL')
      throw new Error(`${this.#name} did not end in ${milliseconds} ms:\n${this.#log}`);
    return { code, signal, milliseconds: performance.now() - started };
  }

  #collect(text: string): void {
    this.#log = (this.#log + text).slice(-LOG_CHARACTERS_MAX);
  }
}
