/** Which state of the repository was measured. */
import { spawnSync } from 'node:child_process';

/** @returns the commit's short name, or null outside of a repository */
export function readCommit(root: string): string | null {
  const { status, stdout } = spawnSync('git', ['rev-parse', '--short', 'HEAD'], {
    cwd: root,
    encoding: 'utf8',
  });
  return status === 0 ? stdout.trim() : null;
}
