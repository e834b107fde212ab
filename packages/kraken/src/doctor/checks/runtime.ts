/** Node.js itself: its version, and its own OpenSSL, in which DTLS is done. */

import { generateCertificate } from '@kraken/engine/internal/media/dtls/certificate';
import { DtlsContext } from '@kraken/engine/internal/media/dtls/context';
import { type Finding, ok, problem, reasonOf } from '../finding.js';

/** What package.json asks for. */
const MINIMUM_NODE = [20, 19] as const;

export async function checkNode(): Promise<readonly Finding[]> {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const [leastMajor, leastMinor] = MINIMUM_NODE;
  if (major > leastMajor || (major === leastMajor && minor >= leastMinor)) {
    return [ok('node', `Node.js ${process.versions.node} on ${process.platform} ${process.arch}`)];
  }
  const advice = `install Node.js ${MINIMUM_NODE.join('.')} or newer`;
  return [problem('node', `Node.js ${process.versions.node} is too old`, advice)];
}

/** Does what an engine does at its start: finds OpenSSL in the process, and makes a DTLS context with it. */
export async function checkOpenssl(): Promise<readonly Finding[]> {
  try {
    new DtlsContext(await generateCertificate()).free();
    return [ok('openssl', `OpenSSL ${process.versions.openssl} of Node.js does DTLS`)];
  } catch (error) {
    const advice = 'use an official build of Node.js: it has OpenSSL linked in and exports its symbols';
    return [problem('openssl', reasonOf(error), advice)];
  }
}
