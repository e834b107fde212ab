import { createServer } from 'node:net';

/** Below those that systems give to outgoing connections, of which any may take a port before the process under test does. */
const FIRST = 10_000;
const LAST = 32_000;
/** Test files that run at the same time do not take each other's: each of vitest’s workers has ports of its own. */
const WORKERS = 16;
const WORKER = Number(process.env.VITEST_POOL_ID ?? 0) % WORKERS;

/** Whoever was given one may not have taken it yet. */
const given = new Set<number>();

/** @returns a TCP port that was free on the IPv4 loopback a moment ago, and that this process has given to nobody */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = FIRST + Math.floor((Math.random() * (LAST - FIRST)) / WORKERS) * WORKERS + WORKER;
    if (given.has(port)) continue;
    given.add(port);
    if (await isFree(port)) return port;
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.on('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
