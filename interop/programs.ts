import { accessSync, constants } from 'node:fs';

/** Programs that are no npm packages, by where Debian puts them, with the package that has them. */
const PROGRAMS = {
  chromium: { path: '/usr/bin/chromium', debianPackage: 'chromium' },
  firefox: { path: '/usr/bin/firefox-esr', debianPackage: 'firefox-esr' },
  turnserver: { path: '/usr/bin/turnserver', debianPackage: 'coturn' },
  ip: { path: '/usr/sbin/ip', debianPackage: 'iproute2' },
  espeak: { path: '/usr/bin/espeak-ng', debianPackage: 'espeak-ng' },
} as const;

/**
 * @returns the path of a program that a test cannot do without
 * @throws with the command that installs it, so that a missing program is a failure and never a skipped test
 */
export function programPath(name: keyof typeof PROGRAMS): string {
  const { path, debianPackage } = PROGRAMS[name];
  try {
    accessSync(path, constants.X_OK);
  } catch {
    throw new Error(`${path} is missing; install it with: apt-get install ${debianPackage}`);
  }
  return path;
}
