/** One flood against an engine of its own: what memory that takes before, at the most, and when it is over. */
import { generateKeyPairSync } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { Agent, createServer, get } from 'node:http';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { SocketMemory } from '@kraken/load/socket';
import { type EngineMemory, engineMemoryOf, sumsOf } from '../../engine-memory.js';
import type { Cores } from '../../machine.js';
import { readProcessUsage } from '../../process-usage.js';
import { KRAKEN, mediaPorts } from '../../sfu/kraken.js';
import type { RunningSfu } from '../../sfu/sfu.js';
import type { FloodLimits, MemoryFlood, Reckoning } from './memory-flood.js';
import { keptOf } from './memory-verdict.js';

const SECRET = 'the secret of an engine that is flooded';
/** Defaults, and shares of the files that a process may have open: packages/edge/src/http/connection-budget.ts. */
const MAX_CONNECTIONS = 60_000;
const MAX_MEDIA_CONNECTIONS = 4_096;
const API_SHARE = 0.5;
const MEDIA_SHARE = 0.25;
/** Until as much is held as may be, s: what the first half of a flood takes longer. */
export const FILL = 4;
/** Between two looks at the metrics, ms. */
const POLL = 500;
/** For what was held to be given up behind the flood, s. */
const CALM_TIMEOUT = 90;
/** Garbage is collected so often, and so long is waited each time, ms. */
const COLLECTIONS = 2;
const SETTLE = 1_000;
/** Files that may be open more than before: those of the reader. */
const SPARE_FILES = 4;
const MS_PER_SECOND = 1_000;
const KIBIBYTE = 1_024;
/** From here on a flood is called off: the machine is others' as well. */
const MOST = 4e9;

export interface MemoryFigures {
  readonly name: string;
  readonly sent: number;
  /** What the engine has counted of it; null where nothing is refused. */
  readonly counted: number | null;
  readonly before: EngineMemory;
  /** The most in the first half of the flood, and in the second. */
  readonly peaks: readonly [EngineMemory, EngineMemory];
  /** When it is over, garbage collected. */
  readonly after: EngineMemory;
  /** Until nothing was held any longer, s. */
  readonly calmIn: number;
  readonly reckoning: Reckoning;
  /** What went otherwise than it ought to. */
  readonly faults: readonly string[];
}

export interface MemoryOptions {
  readonly root: string;
  readonly cores: Cores;
  /** Of one half of the flood. */
  readonly seconds: number;
}

/** @throws Error when the engine could not be measured at all */
export async function measureMemory(flood: MemoryFlood, options: MemoryOptions): Promise<MemoryFigures> {
  const { root, cores } = options;
  const keys = await serveKeys();
  const { auth = { secret: SECRET }, ...sections } = flood.sections?.(keys.url) ?? {};
  const running = await KRAKEN.start({
    ...{ root, folder: path.join(root, 'artifacts/bench/floods'), core: cores.engine },
    settings: { collectsGarbage: true, sections: { ...sections, auth, limits: { loopback: true } } },
  });
  try {
    return await new Measurement(running, flood).run(options.seconds);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`${flood.name}: ${reason}\nThe last words of the engine:\n${running.logEnd()}`);
  } finally {
    await running.stop();
    keys.close();
  }
}

class Measurement {
  readonly #running: RunningSfu;
  readonly #flood: MemoryFlood;
  readonly #pid: number;
  /** A connection that is there before the flood takes all. */
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 });
  readonly #calledOff = new AbortController();

  constructor(running: RunningSfu, flood: MemoryFlood) {
    if (running.pid === null) throw new Error('the engine has no process of its own');
    this.#running = running;
    this.#flood = flood;
    this.#pid = running.pid;
  }

  async run(seconds: number): Promise<MemoryFigures> {
    const { reckon, name } = this.#flood;
    const limits = limitsOf(this.#pid);
    await this.#collect();
    const calmText = await this.#metrics();
    const before = this.#memoryOf(calmText);
    const countedBefore = this.#counted(calmText);
    const flooding = this.#start(limits);
    const first = await this.#watch(FILL + seconds);
    const second = await this.#watch(seconds);
    const isTooMuch = this.#calledOff.signal.aborted;
    const counted = this.#counted(await this.#metrics());
    this.#calledOff.abort();
    const sent = await flooding;
    const { after, calmIn } = await this.#comeToRest(calmText, before);
    this.#agent.destroy();
    return {
      ...{ name, sent, before, after, peaks: [first, second], reckoning: reckon(limits) },
      counted: counted === null || countedBefore === null ? null : counted - countedBefore,
      calmIn: calmIn ?? CALM_TIMEOUT,
      faults: [
        ...(isTooMuch ? [`${name}: called off at ${MOST / 1e9} GB`] : []),
        ...(calmIn === null ? [`${name}: something is still held after ${CALM_TIMEOUT} s`] : []),
      ],
    };
  }

  #start(limits: FloodLimits): Promise<number> {
    const { first } = mediaPorts();
    const flooding = this.#flood.run({
      url: this.#running.target.url,
      secret: SECRET,
      media: { address: '127.0.0.1', port: first },
      memory: new SocketMemory(),
      limits,
      signal: this.#calledOff.signal,
    });
    // Told when it is awaited.
    flooding.catch(() => this.#calledOff.abort());
    return flooding;
  }

  /** @returns the most of each */
  async #watch(seconds: number): Promise<EngineMemory> {
    // Resident memory is the most that there was in between (proc(5)), not only at the readings.
    writeFileSync(`/proc/${this.#pid}/clear_refs`, '5');
    const end = performance.now() + seconds * MS_PER_SECOND;
    const readings = [this.#memoryOf(await this.#metrics())];
    for (let left = 1; left > 0 && !this.#calledOff.signal.aborted; left = end - performance.now()) {
      await sleep(Math.min(POLL, left));
      readings.push(this.#memoryOf(await this.#metrics()));
      if ((readings.at(-1)?.residentBytes ?? 0) > MOST) this.#calledOff.abort();
    }
    const most = (figure: keyof EngineMemory) => Math.max(...readings.map((reading) => reading[figure]));
    return {
      residentBytes: peakResident(this.#pid),
      heapBytes: most('heapBytes'),
      externalBytes: most('externalBytes'),
      workerHeapBytes: most('workerHeapBytes'),
      workerMemoryBytes: most('workerMemoryBytes'),
    };
  }

  /** Connections that nobody had accepted yet may come once more, and what had them is garbage later. */
  async #comeToRest(calmText: string, before: EngineMemory) {
    const startedAt = performance.now();
    const secondsPassed = () => (performance.now() - startedAt) / MS_PER_SECOND;
    const files = heldIn(calmText).files + SPARE_FILES;
    let calmIn: number | null = null;
    let after = before;
    while (secondsPassed() < CALM_TIMEOUT) {
      const held = heldIn(await this.#metrics());
      if (held.participants === 0 && held.sockets === 0 && held.files <= files) {
        calmIn ??= secondsPassed();
        await this.#collect();
        after = this.#memoryOf(await this.#metrics());
        if (keptOf(before, after).length === 0) break;
      }
      await sleep(POLL);
    }
    return { after, calmIn };
  }

  async #collect(): Promise<void> {
    for (let round = 0; round < COLLECTIONS; round++) {
      this.#running.collectGarbage?.();
      await sleep(SETTLE);
    }
  }

  #memoryOf(text: string): EngineMemory {
    return engineMemoryOf(sumsOf(text), readProcessUsage(this.#pid).residentBytes);
  }

  #counted(text: string): number | null {
    const { countedAs } = this.#flood;
    if (countedAs === null) return null;
    return text
      .split('\n')
      .filter((line) => line.startsWith(countedAs))
      .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0);
  }

  #metrics(): Promise<string> {
    return new Promise((fulfil, reject) => {
      const url = new URL('/metrics', this.#running.target.url);
      get(url, { agent: this.#agent }, (response) => {
        const pieces: Buffer[] = [];
        response.on('data', (piece: Buffer) => pieces.push(piece));
        response.on('end', () => fulfil(Buffer.concat(pieces).toString()));
        response.on('error', reject);
      }).on('error', reject);
    });
  }
}

function heldIn(text: string) {
  const sums = sumsOf(text);
  const of = (name: string) => sums.get(name) ?? 0;
  return {
    participants: of('kraken_participants'),
    sockets: of('kraken_sockets'),
    files: of('process_open_fds'),
  };
}

function limitsOf(pid: number): FloodLimits {
  const files = Number(/^Max open files\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/limits`, 'utf8'))?.[1]);
  return {
    connections: Math.min(MAX_CONNECTIONS, Math.floor(files * API_SHARE)),
    mediaConnections: Math.min(MAX_MEDIA_CONNECTIONS, Math.floor(files * MEDIA_SHARE)),
  };
}

function peakResident(pid: number): number {
  const [, kibibytes] = /^VmHWM:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kibibytes) * KIBIBYTE;
}

/** One public key, which has signed nothing. */
async function serveKeys(): Promise<{ readonly url: string; close(): void }> {
  const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const set = JSON.stringify({
    keys: [{ ...publicKey.export({ format: 'jwk' }), kid: 'known', alg: 'ES256' }],
  });
  const server = createServer((_request, response) => response.end(set));
  await new Promise<void>((fulfil) => server.listen(0, '127.0.0.1', fulfil));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return { url: `http://127.0.0.1:${port}/keys`, close: () => server.close() };
}
