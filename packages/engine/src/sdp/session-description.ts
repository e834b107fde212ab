import { RpcError } from '@kraken/protocol';

/** Greatest length of a description; an offer of Chromium that holds 512 m-lines has less. */
export const MAX_SDP_LENGTH = 1024 * 1024;

/**
 * Reads the JSON form of a session description as browsers write it: `{"type": "offer", "sdp": "v=0…"}`.
 *
 * @param text the JSON text
 * @param expectedType the type that the call needs
 * @returns the SDP text, of bounded length and not parsed yet
 * @throws RpcError INVALID_SDP that names what was wrong
 */
export function parseJsep(text: string, expectedType: 'offer' | 'answer'): string {
  // JSON escapes double the length of a line end; nothing else in SDP needs escaping.
  if (text.length > 2 * MAX_SDP_LENGTH) {
    throw new RpcError('INVALID_SDP', `the description is longer than ${MAX_SDP_LENGTH} characters`);
  }
  const value = parseJson(text);
  if (typeof value !== 'object' || value === null || !('type' in value) || !('sdp' in value)) {
    throw new RpcError('INVALID_SDP', 'the description is not a JSON object with type and sdp');
  }
  const { type, sdp } = value;
  if (type !== expectedType) {
    throw new RpcError('INVALID_SDP', `the type of the description is not ${expectedType}`);
  }
  if (typeof sdp !== 'string' || sdp.length === 0) {
    throw new RpcError('INVALID_SDP', 'sdp is not a text');
  }
  if (sdp.length > MAX_SDP_LENGTH) {
    throw new RpcError('INVALID_SDP', `sdp is longer than ${MAX_SDP_LENGTH} characters`);
  }
  return sdp;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new RpcError('INVALID_SDP', 'the description is not JSON');
  }
}
