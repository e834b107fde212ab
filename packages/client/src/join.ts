import type { Call, JoinOptions } from './api.js';
import { KrakenCall } from './call.js';
import { AbortedError, UnsupportedError } from './errors.js';
import { makeUid, tabId } from './identity.js';

/**
 * Enters a room.
 * @returns the call, with media flowing; it keeps itself alive until `leave`
 * @throws CallError what keeps the person out; `code` and class tell what it is
 */
export async function join(options: JoinOptions): Promise<Call> {
  if (typeof RTCPeerConnection === 'undefined') throw new UnsupportedError('WebRTC');
  const { signal } = options;
  if (signal?.aborted === true) throw new AbortedError(signal.reason);
  const url = new URL(options.url, location.href).href;
  const call = new KrakenCall(options, url, makeUid(options.id ?? tabId(), options.name));
  const leave = (): void => call.leave();
  signal?.addEventListener('abort', leave);
  try {
    await call.enter(options.microphone);
    return call;
  } finally {
    signal?.removeEventListener('abort', leave);
  }
}
