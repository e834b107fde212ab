import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freePort } from '../packages/monitor/test/free-port.js';
import { type Ending, StartedProcess } from './child-process.js';
import type { NetworkNamespace } from './network-namespace.js';
import { REPOSITORY } from './repository.js';

const ENGINE = join(REPOSITORY, 'packages/kraken/bin/kraken.mjs');
/** pino's levels 50 (error) and 60 (fatal). */
const LOGGED_ERROR = /^\{"level":[56]0,/;
/** Nothing depends on it: as long as a browser may take. */
const READY_MILLISECONDS = 40_000;
/** What the engine promises to need at most for closing down. */
const STOP_MILLISECONDS = 5_000;

export interface EngineOptions {
  /** Where it runs; the machine's own network by default. */
  readonly namespace?: NetworkNamespace;
  /** Interface on which it takes media; the loopback by default. */
  readonly interfaceName?: string;
  /** Address on which it takes RPC; the IPv4 loopback by default. */
  readonly rpcHost?: string;
  /** Port on which it takes RPC; a free one by default. */
  readonly rpcPort?: number;
  /** The TURN server that it hands out: `turn:host:port` and the shared secret. */
  readonly turn?: { readonly host: string; readonly secret: string };
  /** By which access tokens are signed; by default it asks for none. */
  readonly authSecret?: string;
  /** What gives access to the dashboard; by default this machine alone has it, and nobody with `authSecret`. */
  readonly adminToken?: string;
  /** Media workers; by default as many as the machine can use. */
  readonly workers?: number;
  /** Participants of a room on one of them, before the next ones go to another; the engine's default by default. */
  readonly spreadRoomAt?: number;
  /** Whether it makes up for packets that get lost, by retransmission and redundancy; by default it does. */
  readonly recovery?: boolean;
  /** Whether it sends lost packets again, and asks for them; `false` leaves redundancy alone. */
  readonly retransmission?: boolean;
}

/** The real engine in a process of its own. */
export class EngineProcess {
  /** Where it takes RPC, and serves its page. */
  readonly url: string;
  readonly rpcPort: number;
  readonly #process: StartedProcess;
  readonly #directory: string;
  /** Kept from the beginning of the log, of which only the end is kept. */
  #mediaPort: number | null;

  private constructor(url: string, rpcPort: number, process: StartedProcess, directory: string) {
    this.url = url;
    this.rpcPort = rpcPort;
    this.#process = process;
    this.#directory = directory;
    this.#mediaPort = loggedMediaPort(process.log);
  }

  /** Starts an engine and waits until it answers. */
  static async start(options: EngineOptions = {}): Promise<EngineProcess> {
    const host = options.rpcHost ?? '127.0.0.1';
    const port = options.rpcPort ?? (await freePort());
    const directory = mkdtempSync(join(tmpdir(), 'kraken-interop-'));
    const configuration = join(directory, 'engine.toml');
    writeFileSync(configuration, configurationText(options, host, port));
    const prefix = options.namespace?.prefix ?? [];
    const process = new StartedProcess([
      ...prefix,
      globalThis.process.execPath,
      ENGINE,
      '-c',
      configuration,
      '-s',
      'engine',
    ]);
    const url = `http://${host.includes(':') ? `[${host}]` : host}:${port}/`;
    try {
      await process.waitUntil(() => answers(`${url}healthz`, prefix), READY_MILLISECONDS);
    } catch (error) {
      await new EngineProcess(url, port, process, directory).#dispose();
      throw error;
    }
    return new EngineProcess(url, port, process, directory);
  }

  get log(): string {
    return this.#process.log;
  }

  /** The UDP port on which its first worker takes media, as it has logged. Those that have several use others as well. */
  get mediaPort(): number {
    this.#mediaPort ??= loggedMediaPort(this.log);
    if (this.#mediaPort === null) throw new Error(`the engine has logged no media port:\n${this.log}`);
    return this.#mediaPort;
  }

  /** @throws when it does not end by itself within 5 s, ends with an error, or logged one while it ran */
  async stop(): Promise<Ending> {
    const ending = await this.#dispose();
    if (ending.code !== 0) throw new Error(`the engine ended with ${JSON.stringify(ending)}:\n${this.log}`);
    const errors = this.log.split('\n').filter((line) => LOGGED_ERROR.test(line));
    if (errors.length > 0) throw new Error(`the engine logged errors:\n${errors.join('\n')}`);
    return ending;
  }

  async #dispose(): Promise<Ending> {
    try {
      return await this.#process.stop(STOP_MILLISECONDS);
    } finally {
      rmSync(this.#directory, { recursive: true, force: true });
    }
  }
}

function configurationText(
  {
    interfaceName = 'lo',
    turn,
    workers = 0,
    spreadRoomAt,
    authSecret,
    adminToken,
    recovery = true,
    retransmission = recovery,
    rpcHost,
  }: EngineOptions,
  host: string,
  port: number,
): string {
  const lines = ['[engine]', `interface = "${interfaceName}"`, 'log-level = "debug"', `workers = ${workers}`];
  if (spreadRoomAt !== undefined) lines.push(`spread-room-at = ${spreadRoomAt}`);
  if (turn !== undefined) lines.push('[turn]', `host = "${turn.host}"`, `secret = "${turn.secret}"`);
  if (authSecret !== undefined) lines.push('[auth]', `secret = "${authSecret}"`);
  if (adminToken !== undefined) lines.push('[admin]', `token = "${adminToken}"`);
  lines.push('[recovery]', `retransmission = ${retransmission}`, `redundancy = ${recovery}`);
  lines.push('[rpc]', `host = "${host}"`, `port = ${port}`);
  if (rpcHost !== undefined) lines.push('[auth]', 'insecure = true');
  return `${lines.join('\n')}\n`;
}

/** @returns null where it takes no media over IPv4, or has not said so yet */
function loggedMediaPort(log: string): number | null {
  const port = /"transport":"udp","family":"IPv4","address":"[^"]*","port":(\d+)/.exec(log)?.[1];
  return port === undefined ? null : Number(port);
}

/** A namespace is entered by a process; so the question has to be asked by one. */
async function answers(url: string, prefix: readonly string[]): Promise<boolean> {
  const question = `fetch(process.argv[1]).then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))`;
  const [program = process.execPath, ...parameters] = [...prefix, process.execPath, '-e', question, url];
  try {
    if (prefix.length === 0) return (await fetch(url)).ok;
    await promisify(execFile)(program, parameters);
    return true;
  } catch {
    return false;
  }
}
