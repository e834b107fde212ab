/** How large the system lets sockets' buffers be. */
import { readFile } from 'node:fs/promises';
import { SOCKET_BUFFER } from '@kraken/engine/internal/media/udp/media-socket';
import { type Finding, ok, warning } from '../finding.js';

const NAME = 'buffers';
const LIMITS = ['rmem_max', 'wmem_max'] as const;

/** @param directory of these sysctls in /proc */
export async function checkSocketBuffers(directory = '/proc/sys/net/core'): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  for (const name of LIMITS) {
    const size = await readNumber(`${directory}/${name}`);
    if (size === null || size >= SOCKET_BUFFER) continue;
    const message = `net.core.${name} is ${size} bytes, the engine asks for ${SOCKET_BUFFER}: bursts may be lost`;
    findings.push(
      warning(NAME, message, `sysctl -w net.core.${name}=${SOCKET_BUFFER}, and in /etc/sysctl.d to keep it`),
    );
  }
  return findings.length > 0
    ? findings
    : [ok(NAME, `sockets get the ${SOCKET_BUFFER} bytes that the engine asks for`)];
}

/** @returns null where the system does not tell */
async function readNumber(path: string): Promise<number | null> {
  try {
    return Number(await readFile(path, 'utf8'));
  } catch {
    return null;
  }
}
