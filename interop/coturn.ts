import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../packages/monitor/test/free-port.js';
import { StartedProcess } from './child-process.js';
import { programPath } from './programs.js';

const READY_MILLISECONDS = 10_000;
const STOP_MILLISECONDS = 5_000;

/** Debian's TURN server on the loopback, with credentials by shared secret as the engine mints them. */
export class Coturn {
  /** As the engine's configuration takes it. */
  readonly host: string;
  readonly secret: string;
  readonly #process: StartedProcess;
  readonly #directory: string;

  private constructor(host: string, secret: string, process: StartedProcess, directory: string) {
    this.host = host;
    this.secret = secret;
    this.#process = process;
    this.#directory = directory;
  }

  static async start(): Promise<Coturn> {
    const directory = mkdtempSync(join(tmpdir(), 'kraken-coturn-'));
    const port = await freePort();
    const secret = `secret-of-${process.pid}`;
    const started = new StartedProcess([
      programPath('turnserver'),
      '-n',
      '--no-cli',
      '--no-tls',
      '--no-dtls',
      '--listening-ip=127.0.0.1',
      `--listening-port=${port}`,
      '--relay-ip=127.0.0.1',
      '--allow-loopback-peers',
      '--use-auth-secret',
      `--static-auth-secret=${secret}`,
      '--realm=kraken.test',
      '--verbose',
      '--simple-log',
      '--log-file=stdout',
      `--pidfile=${join(directory, 'pid')}`,
      `--userdb=${join(directory, 'turndb')}`,
    ]);
    try {
      await started.waitUntil(() => listens(port), READY_MILLISECONDS);
    } catch (error) {
      rmSync(directory, { recursive: true, force: true });
      throw error;
    }
    return new Coturn(`turn:127.0.0.1:${port}`, secret, started, directory);
  }

  get log(): string {
    return this.#process.log;
  }

  async stop(): Promise<void> {
    try {
      await this.#process.stop(STOP_MILLISECONDS);
    } finally {
      rmSync(this.#directory, { recursive: true, force: true });
    }
  }
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.on('connect', () => resolve(true)).on('error', () => resolve(false));
    socket.on('connect', () => socket.destroy());
  });
}
