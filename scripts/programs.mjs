/** The programs that the tests drive, and where they come from. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

/** Program to look for on the PATH, and the Debian packages that it takes. */
const PROGRAMS = [
  { program: 'chromium', debianPackages: ['chromium'] },
  { program: 'firefox-esr', debianPackages: ['firefox-esr'] },
  { program: 'turnserver', debianPackages: ['coturn'] },
  { program: 'ip', debianPackages: ['iproute2'] },
  { program: 'openssl', debianPackages: ['openssl'] },
  { program: 'redis-server', debianPackages: ['redis-server'] },
  { program: 'taskset', debianPackages: ['util-linux'] },
  // What it says is encoded by libopus0, which Chromium has installed before.
  { program: 'espeak-ng', debianPackages: ['espeak-ng', 'libopus0'] },
  { program: 'gcc', debianPackages: ['gcc', 'libc6-dev'] },
];

/**
 * Installs what is missing with apt-get.
 * @throws Error that says what to install, where apt-get or the right to use it is missing
 */
export function ensurePrograms() {
  const missing = PROGRAMS.filter(({ program }) => !isOnPath(program)).flatMap(
    (entry) => entry.debianPackages,
  );
  if (missing.length === 0) return;
  const advice = `install the Debian packages ${missing.join(' ')}: apt-get install ${missing.join(' ')}`;
  if (!isOnPath('apt-get'))
    throw new Error(`these tests need programs that are missing and apt-get is not there; ${advice}`);
  if (process.getuid?.() !== 0)
    throw new Error(`these tests need programs that are missing; as root, ${advice}`);
  console.log(`Installing ${missing.join(' ')}`);
  const environment = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const options = { stdio: ['ignore', 'ignore', 'inherit'], env: environment };
  spawnSync('apt-get', ['update', '-q'], options);
  const result = spawnSync(
    'apt-get',
    ['install', '-y', '-q', '--no-install-recommends', ...missing],
    options,
  );
  if (result.status !== 0) throw new Error(`apt-get could not install ${missing.join(' ')}; ${advice}`);
}

function isOnPath(program) {
  const folders = [...(process.env.PATH ?? '').split(':'), '/usr/sbin', '/sbin'];
  return folders.some((folder) => folder !== '' && existsSync(`${folder}/${program}`));
}
