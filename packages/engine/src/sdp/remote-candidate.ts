import { RpcError } from '@kraken/protocol';

/** Greatest length of one candidate with its JSON; browsers write about 300 characters. */
export const MAX_CANDIDATE_LENGTH = 4096;

/**
 * RFC 8839 section 5.1:
 * `candidate:<foundation> <component> <transport> <priority> <address> <port> typ <type> [raddr …] [rport …] …`.
 * The address may be a name: browsers hide host addresses behind mDNS names.
 */
const CANDIDATE =
  /^(?:a=)?candidate:[A-Za-z0-9+/]{1,32} (\d{1,3}) [A-Za-z0-9-]{1,32} (\d{1,10}) [A-Za-z0-9.:%_-]{1,255} (\d{1,5}) typ [A-Za-z0-9-]{1,32}(?: [!-~]+)*\s*$/;
const MAX_PORT = 65535;
/** RFC 8839 section 5.1: component-id is 1 to 256. */
const MAX_COMPONENT = 256;
/** RFC 8445 section 5.1.2: 1 to 2^31 - 1. */
const MAX_PRIORITY = 0x7fffffff;

/**
 * Reads what a client trickles: JSON of `null`, of an RTCIceCandidate, of one with `sdp` in the place of
 * `candidate`, or of the candidate line itself.
 *
 * @returns the candidate line, or null for the empty candidate that ends a generation (RFC 8838 section 8.2)
 * @throws RpcError INVALID_CANDIDATE
 */
export function parseTrickle(text: string): string | null {
  if (text.length > MAX_CANDIDATE_LENGTH) {
    throw new RpcError(
      'INVALID_CANDIDATE',
      `the candidate is longer than ${MAX_CANDIDATE_LENGTH} characters`,
    );
  }
  if (text.trim() === '') {
    return null;
  }
  const line = candidateLine(parseJson(text));
  return line.trim() === '' ? null : line;
}

/**
 * @param line a candidate line that is not empty
 * @throws RpcError INVALID_CANDIDATE when it does not follow RFC 8839 section 5.1
 */
export function checkCandidate(line: string): void {
  const match = CANDIDATE.exec(line);
  if (match === null) {
    throw new RpcError('INVALID_CANDIDATE', 'the candidate does not follow RFC 8839 section 5.1');
  }
  const [, component, priority, port] = match;
  if (Number(component) < 1 || Number(component) > MAX_COMPONENT) {
    throw new RpcError(
      'INVALID_CANDIDATE',
      `component ${component} of the candidate is not between 1 and 256`,
    );
  }
  if (Number(priority) > MAX_PRIORITY) {
    throw new RpcError('INVALID_CANDIDATE', `priority ${priority} of the candidate is not below 2^31`);
  }
  if (Number(port) > MAX_PORT) {
    throw new RpcError('INVALID_CANDIDATE', `port ${port} of the candidate is not below 65536`);
  }
}

function candidateLine(value: unknown): string {
  if (value === null) {
    return '';
  }
  if (typeof value === 'string') {
    return value;
  }
  if (typeof value !== 'object') {
    throw new RpcError('INVALID_CANDIDATE', 'the candidate is neither an object nor null');
  }
  const candidate = 'candidate' in value ? value.candidate : null;
  const line = candidate ?? ('sdp' in value ? value.sdp : null) ?? '';
  if (typeof line !== 'string') {
    throw new RpcError('INVALID_CANDIDATE', 'the candidate line is not a text');
  }
  return line;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new RpcError('INVALID_CANDIDATE', 'the candidate is not JSON');
  }
}
