/** A Redis of this bench's own, on the loopback interface, that keeps nothing on disk. */
import { existsSync } from 'node:fs';
import { connect } from 'node:net';
import path from 'node:path';
import { findFreePort, SfuProcess } from '../sfu/sfu-process.js';
import type { Registry, RegistryStart, RunningRegistry } from './registry.js';

const PROGRAM = 'redis-server';

export const REDIS: Registry = {
  name: 'Redis',
  whyNotMeasured: () => (isThere() ? null : `${PROGRAM} is not there (Debian’s package of that name)`),
  start,
};

function isThere(): boolean {
  const folders = (process.env.PATH ?? '').split(path.delimiter);
  return folders.some((folder) => existsSync(path.join(folder, PROGRAM)));
}

async function start({ folder, core }: RegistryStart): Promise<RunningRegistry> {
  const port = await findFreePort();
  const options = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'];
  const redis = await SfuProcess.start({
    name: 'redis',
    command: [PROGRAM, ...options],
    workingFolder: folder,
    folder,
    core,
    isUp: () => isListening(port),
  });
  return { toml: `[registry]\nredis = "redis://127.0.0.1:${port}"\n`, stop: () => redis.stop() };
}

function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => resolve(true));
    socket.once('error', () => resolve(false));
    socket.once('close', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}
