/** Runs the engine's program as a user does: as a process of its own. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const PROGRAM = fileURLToPath(new URL('../../kraken/bin/kraken.mjs', import.meta.url));

/** What a process left behind. */
export interface Outcome {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export class KrakenProcess {
  readonly process: ChildProcess;
  stdout = '';
  stderr = '';
  readonly ended: Promise<Outcome>;

  /** @param args of the command line */
  constructor(...args: readonly string[]) {
    this.process = spawn(process.execPath, [PROGRAM, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
    this.process.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.stdout += text;
    });
    this.process.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text;
    });
    this.ended = once(this.process, 'close').then(([exitCode]: (number | null)[]) => ({
      exitCode: exitCode ?? null,
      stdout: this.stdout,
      stderr: this.stderr,
    }));
  }

  /**
   * @returns the URL that the program tells the user to open
   * @throws Error when the program ends without telling any
   */
  async url(): Promise<string> {
    for (;;) {
      const url = /open (http:\S+)\n/.exec(this.stderr)?.[1];
      if (url !== undefined) return url;
      if (this.process.exitCode !== null || this.process.signalCode !== null)
        throw new Error(`kraken ended: ${this.stderr}${this.stdout}`);
      await Promise.race([once(this.process.stderr ?? this.process, 'data'), this.ended]);
    }
  }

  async stop(signal: 'SIGTERM' | 'SIGINT' | 'SIGKILL' = 'SIGTERM'): Promise<Outcome> {
    this.process.kill(signal);
    return this.ended;
  }
}
