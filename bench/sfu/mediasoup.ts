/**
 * mediasoup with one worker, behind a small signalling server, where the package and its worker's program are at hand:
 * README.md beside this file tells how they get there.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { HttpJsonClient } from '@kraken/load/http-json-client';
import { loadMediasoup, type Mediasoup } from './mediasoup-api.js';
import type { RunningSfu, Sfu, SfuStart } from './sfu.js';
import { findFreePort, SfuProcess } from './sfu-process.js';

const NAME = 'mediasoup';
const PROGRAM = fileURLToPath(new URL('./mediasoup-server.js', import.meta.url));

export const MEDIASOUP: Sfu = { name: NAME, whyNotMeasured, start: startMediasoup };

async function whyNotMeasured(): Promise<string | null> {
  const mediasoup = loadMediasoup();
  if (mediasoup === null) return 'it is not installed: see bench/sfu/README.md';
  if (existsSync(mediasoup.workerBin)) return null;
  return `version ${mediasoup.version} has no worker program at ${mediasoup.workerBin}: set MEDIASOUP_WORKER_BIN`;
}

async function startMediasoup({ folder, core }: SfuStart): Promise<RunningSfu> {
  const mediasoup = loadMediasoup();
  if (mediasoup === null) throw new Error('mediasoup is not installed');
  const port = await findFreePort();
  const url = `http://127.0.0.1:${port}`;
  const client = new HttpJsonClient(url);
  try {
    const server = await SfuProcess.start({
      name: NAME,
      command: [process.execPath, PROGRAM, String(port)],
      workingFolder: folder,
      folder,
      core,
      isUp: () => answers(client),
    });
    return {
      name: NAME,
      notes: notesOf(mediasoup),
      pid: server.pid,
      target: { kind: 'mediasoup', url },
      stop: () => server.stop(),
      logEnd: () => server.logEnd(),
    };
  } finally {
    client.close();
  }
}

function notesOf(mediasoup: Mediasoup): string[] {
  const { stdout } = spawnSync('ldd', [mediasoup.workerBin], { encoding: 'utf8' });
  // mediasoup's build files give libsrtp no other choice than OpenSSL, and link everything into the worker.
  const libraries = /libcrypto\.so/.test(stdout) ? "built with this system's libraries" : 'prebuilt';
  return [`version ${mediasoup.version}, worker ${libraries}`, 'SRTP by libsrtp on OpenSSL'];
}

async function answers(client: HttpJsonClient): Promise<boolean> {
  try {
    await client.get('/info');
    return true;
  } catch {
    return false;
  }
}
