/** A Redis server on a free port of the loopback interface, which can die and come back. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from './free-port.js';

const READY = /Ready to accept connections/;

export class RedisProcess {
  readonly #directory = mkdtempSync(join(tmpdir(), 'kraken-redis-'));
  readonly port: number;
  #process: ChildProcess | null = null;

  private constructor(port: number) {
    this.port = port;
  }

  static async start(): Promise<RedisProcess> {
    const redis = new RedisProcess(await freePort());
    await redis.start();
    return redis;
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  get process(): ChildProcess {
    if (this.#process === null) throw new Error('Redis does not run');
    return this.#process;
  }

  /** With what its last snapshot holds, if there is one. */
  async start(): Promise<void> {
    const options = ['--port', String(this.port), '--bind', '127.0.0.1', '--dir', this.#directory];
    const child = spawn('redis-server', [...options, '--save', '', '--appendonly', 'no'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    this.#process = child;
    let log = '';
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      log += text;
    });
    const ended = once(child, 'exit');
    while (!READY.test(log)) {
      if (child.exitCode !== null || child.signalCode !== null) throw new Error(`redis-server ended: ${log}`);
      await Promise.race([once(child.stdout ?? child, 'data'), ended]);
    }
  }

  async kill(): Promise<void> {
    const child = this.#process;
    if (child === null) return;
    this.#process = null;
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  }

  async close(): Promise<void> {
    await this.kill();
    rmSync(this.#directory, { recursive: true });
  }
}
