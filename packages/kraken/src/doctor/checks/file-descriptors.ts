/** How many files and sockets the process may have open. */
import { readFile } from 'node:fs/promises';
import { type Finding, ok, problem, warning } from '../finding.js';

const NAME = 'files';
/** What a service has open before anybody calls. */
const OWN = 128;
/** Connections to the API at the same time that are no reason for a word yet. */
const HTTP_CONNECTIONS = 2_048;
const LIMIT = /^Max open files\s+(\d+|unlimited)/m;

/** @param mediaDescriptors sockets and TCP connections of all media workers at most */
export async function checkFileDescriptors(
  mediaDescriptors: number,
  limits = '/proc/self/limits',
): Promise<readonly Finding[]> {
  const limit = await readLimit(limits);
  if (limit === null) return [ok(NAME, 'the system does not tell how many files may be open')];
  const wanted = OWN + HTTP_CONNECTIONS + mediaDescriptors;
  const advice = `LimitNOFILE=${2 ** Math.ceil(Math.log2(wanted))} in the systemd unit, or ulimit -n`;
  if (limit < OWN)
    return [problem(NAME, `${limit} files may be open, the service has ${OWN} by itself`, advice)];
  if (limit < wanted) {
    return [
      warning(
        NAME,
        `${limit} files may be open, a full service has up to ${wanted}: it would refuse connections`,
        advice,
      ),
    ];
  }
  return [ok(NAME, `${limit === Number.POSITIVE_INFINITY ? 'any number of' : limit} files may be open`)];
}

async function readLimit(path: string): Promise<number | null> {
  try {
    const [, limit] = LIMIT.exec(await readFile(path, 'utf8')) ?? [];
    if (limit === undefined) return null;
    return limit === 'unlimited' ? Number.POSITIVE_INFINITY : Number(limit);
  } catch {
    return null;
  }
}
