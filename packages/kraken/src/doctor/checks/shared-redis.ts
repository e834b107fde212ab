/** The Redis that monitors share: is it one that will do, and do its engines know the same secret? */
import { inspectRedis, type RedisInspection } from '@kraken/shared-registry/inspection';
import { type Finding, ok, problem, reasonOf, warning } from '../finding.js';

const NAME = 'redis';
const LEAST_VERSION = 7;
/** As INFO names who takes writes. */
const ROLE = 'master';
const POLICY = 'noeviction';

export async function checkSharedRedis(url: string, secret: string): Promise<readonly Finding[]> {
  const { host } = new URL(url);
  try {
    const inspection = await inspectRedis(url, secret);
    return [serverFinding(inspection, host), ...evictionFindings(inspection), engineFinding(inspection)];
  } catch (error) {
    const advice = 'start Redis, or correct the redis URL with its user and password';
    return [problem(NAME, `Redis at ${host} cannot be asked (${reasonOf(error)})`, advice)];
  }
}

function serverFinding({ version, role }: RedisInspection, host: string): Finding {
  const named = `Redis ${version} at ${host}`;
  if (Number.parseInt(version, 10) < LEAST_VERSION) {
    return problem(NAME, `${named} is too old`, `run Redis ${LEAST_VERSION} or newer`);
  }
  if (role !== ROLE) return problem(NAME, `${named} is a replica`, 'name the server that takes writes');
  return ok(NAME, `${named} answers`);
}

function evictionFindings({ maxMemory, evictionPolicy }: RedisInspection): readonly Finding[] {
  if (evictionPolicy === POLICY) return [];
  const message = `Redis may throw away what it knows of rooms (maxmemory-policy ${evictionPolicy})`;
  const advice = `set maxmemory-policy ${POLICY}`;
  return [
    maxMemory === 0
      ? warning(NAME, `${message}, were it given a maxmemory`, advice)
      : problem(NAME, message, advice),
  ];
}

function engineFinding({ engines }: RedisInspection): Finding {
  const strangers = engines.filter(({ isProven }) => !isProven).map(({ publicUrl }) => publicUrl);
  if (strangers.length > 0) {
    const message = `${strangers.length} of ${engines.length} engines do not know this secret: ${strangers.join(', ')}`;
    return problem('secret', message, 'give all monitors and engines the same [monitor] secret');
  }
  if (engines.length === 0)
    return warning('engines', 'no engine is known yet', 'start one, unless that comes next');
  return ok('engines', `${engines.length} known, all by this secret`);
}
